"""A YAML file of named entries, each checked against its model. What is wrong is one sentence
with the file and the key."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from schemas.events import Event, JsonObject
from schemas.faults import ProcessFault

M = TypeVar("M", bound=Event)


def entries(file: Path) -> list[tuple[str, JsonObject]]:
    """The entries by name, in the file's order.

    Raises:
        ProcessFault: `config_unreadable`.
    """
    found: list[tuple[str, JsonObject]] = []
    for name, said in mapping(file).items():
        if not isinstance(said, dict):
            raise unreadable(file, f"{name}: must be a mapping of fields")
        found.append((name, dict(said)))
    return found


def mapping(file: Path) -> JsonObject:
    """What the file holds; nothing in it is an empty mapping.

    Raises:
        ProcessFault: `config_unreadable`.
    """
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise unreadable(file, str(error)) from None
    if said is None:
        return {}
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said):
        raise unreadable(file, "must be a mapping of names")
    return said


def checked(model: type[M], said: JsonObject, file: Path, name: str) -> M:
    """The entry, compiled; a field that nobody knows is refused.

    Raises:
        ProcessFault: `config_unreadable`.
    """
    try:
        return model.model_validate(said, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in (name, *first["loc"]))
        raise unreadable(file, f"{place}: {first['msg']}") from None


def unreadable(file: Path, text: str) -> ProcessFault:
    return ProcessFault("config_unreadable", f"{file}: {text}")
