"""What a campaign wrote into its folder: what it sent, decided, and how its hosts were called.

Any file may be missing: then the properties that need it say that they examined nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Published:
    """A record given to `llm.responses`. `place`: None while its delivery is not known."""

    kind: str
    """good | duplicate | reused | poison"""
    tenant: str
    response_id: str | None
    actions: int
    expects: str
    """actions | nothing | dead_letter | invalid"""
    place: str | None


@dataclass(frozen=True, slots=True)
class Decided:
    decision_id: str
    tenant: str
    action: str
    revision: int
    kind: str
    params_hash: str | None
    valid: bool
    why: str
    """ok | stale | foreign | duplicate | bad_signature"""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that reached a counting plugin host; `effect`: whether it did something."""

    idempotency_key: str
    tool: str
    tenant: str
    params: Mapping[str, Any]
    idempotent: bool
    effect: bool


class _OfTenant(Protocol):
    @property
    def tenant(self) -> str: ...


L = TypeVar("L", bound=_OfTenant)


@dataclass(frozen=True)
class Campaign:
    """Of a missing file there is None: nothing is known, which is not the same as nothing."""

    published: tuple[Published, ...] | None = None
    decided: tuple[Decided, ...] | None = None
    calls: tuple[Call, ...] | None = None
    undecided: frozenset[str] = frozenset()
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of_tenants(self, tenants: Iterable[str] | None) -> "Campaign":
        if tenants is None:
            return self
        kept = frozenset(tenants)
        return replace(
            self,
            published=_of(self.published, kept),
            decided=_of(self.decided, kept),
            calls=_of(self.calls, kept),
        )


def _of(lines: tuple[L, ...] | None, tenants: frozenset[str]) -> tuple[L, ...] | None:
    return None if lines is None else tuple(line for line in lines if line.tenant in tenants)


def read_campaign(folder: Path) -> Campaign:
    """Raises ValueError or LookupError for a line that is not as agreed."""
    about = folder / "campaign.json"
    content = json.loads(about.read_text()) if about.is_file() else {}
    published, decided, calls = (
        list(_lines(folder / f"{name}.jsonl")) if (folder / f"{name}.jsonl").is_file() else None
        for name in ("published", "decisions", "calls")
    )
    return Campaign(
        None if published is None else tuple(map(_published, published)),
        None if decided is None else tuple(map(_decided, decided)),
        None if calls is None else tuple(map(_call, calls)),
        frozenset(content.get("undecided", ())),
        content.get("tools", {}),
    )


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """A host that was killed may have left its last line cut short: that call is lost anyway."""
    text = file.read_text()
    whole = text[: text.rfind("\n") + 1]
    for line in whole.splitlines():
        if line.strip():
            yield json.loads(line)


def _published(line: dict[str, Any]) -> Published:
    partition, offset = line.get("partition"), line.get("offset")
    place = None if offset is None else f"llm.responses[{partition}]@{offset}"
    return Published(
        line["kind"],
        line["tenant"],
        line.get("response_id"),
        line.get("actions", 0),
        line["expects"],
        place,
    )


def _decided(line: dict[str, Any]) -> Decided:
    return Decided(
        line["decision_id"],
        line["tenant"],
        line["action_id"],
        line["revision"],
        line["kind"],
        line.get("params_hash"),
        line["valid"],
        line["why"],
    )


def _call(line: dict[str, Any]) -> Call:
    return Call(
        line["key"],
        line["tool"],
        line["tenant"],
        line["params"],
        line["idempotent"],
        line["effect"],
    )
