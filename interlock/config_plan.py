"""What differs between the configuration that should be and the one in force. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson
from pydantic import JsonValue

from interlock.config_files import Wanted
from processors.snapshot import Snapshot
from schemas.events import JsonObject, Setting
from schemas.names import SettingKind

FROM_FILES = frozenset(
    {
        SettingKind.PLUGIN,
        SettingKind.DEFINITION,
        SettingKind.TEMPLATE,
        SettingKind.TENANT,
        SettingKind.APPROVER,
    }
)
"""Kinds that files speak of. Flags and freezes are switched by people while all runs."""

_LONGEST_SHOWN = 60


class Act(StrEnum):
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    KEEP = "keep"
    """In force, in no file; deleted only on request."""


@dataclass(frozen=True, slots=True)
class Difference:
    act: Act
    kind: SettingKind
    key: str
    value: JsonObject | None = None
    """What should be in force; None: nothing."""
    fields: tuple[str, ...] = ()
    """One line for each field that changes."""


def differences(
    wants: Sequence[Wanted], in_force: Snapshot, *, prune: bool = False
) -> list[Difference]:
    """Those to publish, in the order they must be, then those that are kept."""
    found: list[Difference] = []
    for want in wants:
        current = in_force.settings.get(want.name)
        if current is None:
            found.append(Difference(Act.ADD, want.kind, want.key, want.value))
        elif lines := tuple(_fields(current.value or {}, want.value)):
            found.append(Difference(Act.CHANGE, want.kind, want.key, want.value, lines))
    surplus = Act.DELETE if prune else Act.KEEP
    found.extend(
        Difference(surplus, setting.kind, setting.key) for setting in _surplus(wants, in_force)
    )
    return found


def _surplus(wants: Sequence[Wanted], in_force: Snapshot) -> Iterator[Setting]:
    names = {want.name for want in wants}
    for name, setting in sorted(in_force.settings.items()):
        if setting.kind in FROM_FILES and name not in names:
            yield setting


def _fields(current: Mapping[str, JsonValue], value: Mapping[str, JsonValue]) -> Iterator[str]:
    for name in sorted({*current, *value}):
        before, after = _shown(current, name), _shown(value, name)
        # Compared as text: in Python a 1 equals a true.
        if before != after:
            yield f"{name}: {_cut(before)} → {_cut(after)}"


def _shown(values: Mapping[str, JsonValue], name: str) -> str:
    if name not in values:
        return "(not said)"
    return orjson.dumps(values[name], option=orjson.OPT_SORT_KEYS).decode()


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
