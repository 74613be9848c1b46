"""What the records say, as far as the properties look at it: parsed once, at the edge."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from tests.crash.independent.log import Record
from tests.crash.independent.values import Unreadable, Value, json_of

Key = tuple[str, int]
"""(action_id, revision)"""


@dataclass(frozen=True, slots=True)
class Drafted:
    key: Key
    tenant: str
    response_id: str | None
    tool: str
    version: str | None
    params: Mapping[str, Any]
    params_hash: str


@dataclass(frozen=True, slots=True)
class Assessed:
    key: Key
    tenant: str
    verdict: str
    reserved: bool
    now: datetime
    settings_version: int
    counters: Mapping[str, int]
    """`tenant:hour`, `tenant:day`, … → how much of it was taken before this one."""


@dataclass(frozen=True, slots=True)
class Approved:
    key: Key
    tenant: str
    tool: str
    version: str | None
    params: Mapping[str, Any]
    params_hash: str
    state: str
    decision_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Executed:
    key: Key
    tenant: str
    status: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A transition with `sequence`, an answer without; `key` is None for a whole response."""

    key: Key | None
    tenant: str
    kind: str
    response_id: str | None
    sequence: int
    state: str | None
    reason: str | None
    decision_id: str | None
    answer: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The claims of a decision's signature: what was signed is what was decided."""

    decision_id: str
    claims: Mapping[str, Any]
    place: str


@dataclass(frozen=True, slots=True)
class Setting:
    version: int
    kind: str
    key: str
    value: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter: whose, and about which record."""

    stage: str
    about: str
    place: str


T = TypeVar("T")


def parse_all(
    records: Iterable[Record], parse: Callable[[Record, Value], T], unreadable: list[str]
) -> list[T]:
    """Every record that can be parsed; the places of the others are added to `unreadable`."""
    found: list[T] = []
    for record in records:
        try:
            found.append(parse(record, record.value))
        except (Unreadable, LookupError, TypeError, ValueError) as error:
            unreadable.append(f"{record.place}: {error!r}"[:300])
    return found


def drafted(record: Record, value: Value) -> Drafted:
    return Drafted(
        _key(value),
        value["tenant_id"],
        value["response_id"],
        value["tool"],
        value["tool_version"],
        json_of(value["params"]),
        value["params_hash"],
    )


def assessed(record: Record, value: Value) -> Assessed:
    return Assessed(
        _key(value),
        value["tenant_id"],
        value["verdict"],
        bool(json_of(value["limits"]).get("reserved")),
        value["facts"]["now"],
        value["facts"]["settings_version"],
        json_of(value["facts"]["counters"]),
    )


def approved(record: Record, value: Value) -> Approved:
    return Approved(
        _key(value),
        value["tenant_id"],
        value["tool"],
        value["tool_version"],
        json_of(value["params"]),
        value["params_hash"],
        value["approval"]["state"],
        tuple(value["approval"]["decision_ids"]),
    )


def executed(record: Record, value: Value) -> Executed:
    return Executed(_key(value), value["tenant_id"], value["status"])


def changed(record: Record, value: Value) -> Changed:
    action, transition = value["action_id"], value["kind"] == "transition"
    if transition and action is not None and value["sequence"] is None:
        raise ValueError("a transition of an action without a sequence")
    return Changed(
        (action, value["revision"]) if action is not None else None,
        value["tenant_id"],
        value["kind"],
        value["response_id"],
        value["sequence"] or 0,
        value["state"],
        (value["reason"] or {}).get("code"),
        value["decision_id"],
        value["answer"],
        record.place,
    )


def decision(record: Record, value: Value) -> Decision:
    payload = str(value.get("signature") or "").split(".")
    claims: Mapping[str, Any] = {}
    if len(payload) == 3:
        text = payload[1] + "=" * (-len(payload[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(text))
    return Decision(value["decision_id"], claims, record.place)


def setting(record: Record, value: Value) -> Setting:
    return Setting(record.offset, value["kind"], value["key"], json_of(value.get("value")))


def letter(record: Record) -> Letter:
    topic, partition, offset = (
        record.headers.get(f"__streams.errors.{name}", "?")
        for name in ("topic", "partition", "offset")
    )
    stage = record.headers.get("interlock_stage", "?")
    return Letter(stage, f"{topic}[{partition}]@{offset}", record.place)


def _key(value: Value) -> Key:
    return value["action_id"], value["revision"]
