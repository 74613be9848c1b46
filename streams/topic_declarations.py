"""`topics.yaml`: the topics there should be, for one profile of cluster."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from schemas.faults import ProcessFault
from schemas.names import Topic

DAY_MS = 86_400_000
FOREVER = -1

_UNITS = {"KiB": 1024, "MiB": 1024 * 1024}
_CONTROL = Topic.SETTINGS.value


@dataclass(frozen=True, slots=True)
class DeclaredTopic:
    """One topic as it should be; values of `config` are as the broker spells them."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Declared:
    """All topics of one profile, and the name prefixes that are ours."""

    topics: Mapping[str, DeclaredTopic]
    namespaces: tuple[str, ...]


def load_topics(file: Path, profile: str = "local") -> Declared:
    """The declarations of a file.

    Raises:
        ProcessFault: `topics_unreadable`; one sentence that says where and what.
    """
    try:
        read = _File.model_validate(yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        text = str(first["msg"]).removeprefix("Value error, ")
        raise ProcessFault("topics_unreadable", f"{file}: {place or 'file'}: {text}") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ProcessFault("topics_unreadable", f"{file}: {error}") from None
    if profile not in read.profiles:
        known = ", ".join(read.profiles)
        raise ProcessFault("topics_unreadable", f"{file}: no profile {profile}, but {known}")
    return read.declared(read.profiles[profile])


def _retention(value: object) -> object:
    """`30 days` or `forever` as milliseconds."""
    if value == "forever":
        return FOREVER
    match = re.fullmatch(r"(\d+) days?", str(value))
    if match is None:
        raise ValueError(f"`{value}` is neither `<n> days` nor `forever`")
    return int(match.group(1)) * DAY_MS


def _config_value(value: object) -> str:
    """A YAML value as the broker spells it; `12 MiB` becomes bytes."""
    if isinstance(value, bool):
        return str(value).lower()
    match = re.fullmatch(r"(\d+) (KiB|MiB)", str(value))
    return str(int(match.group(1)) * _UNITS[match.group(2)]) if match else str(value)


Retention = Annotated[int, BeforeValidator(_retention)]
Values = dict[str, Annotated[str, BeforeValidator(_config_value)]]
Partitions = Annotated[int, Field(ge=1, le=1000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Profile(_Strict):
    replication: Annotated[int, Field(ge=1, le=9)]
    partitions: Partitions
    config: Values = {}


class _Topic(_Strict):
    about: str
    retention: Retention
    partitions: Partitions | None = None
    config: Values = {}
    dead_letters: bool = False


class _DeadLetters(_Strict):
    about: str
    retention: Retention
    partitions: Partitions | None = None
    config: Values = {}


class _File(_Strict):
    namespaces: list[str]
    profiles: dict[str, _Profile]
    config: Values = {}
    topics: dict[str, _Topic]
    dead_letters: _DeadLetters

    @model_validator(mode="after")
    def _nothing_is_missing(self) -> Self:
        if missing := sorted(set(Topic) - set(self.topics)):
            raise ValueError(f"topics that Interlock needs are missing: {', '.join(missing)}")
        control = self.topics[_CONTROL]
        policy = {**self.config, **control.config}.get("cleanup.policy", "delete")
        if control.partitions != 1 or control.retention != FOREVER or policy != "delete":
            raise ValueError(
                f"{_CONTROL} must have 1 partition, be kept forever and not be compacted: a "
                "version of the settings is its offset"
            )
        for name in self.topics:
            if not name.startswith(tuple(self.namespaces)):
                raise ValueError(f"{name} is in none of the namespaces")
        return self

    def declared(self, profile: _Profile) -> Declared:
        entries: dict[str, _Topic | _DeadLetters] = dict(self.topics)
        for name, topic in self.topics.items():
            if topic.dead_letters:
                entries[f"{name}.dlq"] = self.dead_letters
        topics = {
            name: DeclaredTopic(
                name,
                entry.partitions or profile.partitions,
                profile.replication,
                {
                    **self.config,
                    **profile.config,
                    "retention.ms": str(entry.retention),
                    **entry.config,
                },
            )
            for name, entry in entries.items()
        }
        return Declared(topics, tuple(self.namespaces))
