"""What differs between the configuration that should be and the one in force. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson
from pydantic import JsonValue

from interlock.config_files import Wanted
from processors.snapshot import Snapshot
from schemas.events import JsonObject
from schemas.names import SettingKind

FROM_FILES = frozenset(
    {
        SettingKind.PLUGIN,
        SettingKind.DEFINITION,
        SettingKind.TEMPLATE,
        SettingKind.POLICY,
        SettingKind.ROLLOUT,
        SettingKind.TENANT,
        SettingKind.APPROVER,
    }
)
"""Kinds that files speak of. Flags and freezes are switched by people while all runs,
and a rollout is advanced and held."""

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
    source: str | None = None
    """Of what is kept: the catalog it was read from, which is why it is in no file."""


def differences(
    wants: Sequence[Wanted], in_force: Snapshot, *, prune: bool = False
) -> list[Difference]:
    """Those to publish, in the order they must be, then those that are kept.

    Tools that were read from another catalog are in no file and never deleted for that.
    """
    return [*changes(wants, in_force), *_surplus(wants, in_force, prune)]


def changes(wants: Sequence[Wanted], in_force: Snapshot) -> list[Difference]:
    """What must be published for these to be in force; of anything else nothing is said."""
    found: list[Difference] = []
    for want in wants:
        current = in_force.settings.get(want.name)
        if current is None:
            found.append(Difference(Act.ADD, want.kind, want.key, want.value))
        elif lines := tuple(fields(current.value or {}, want.value)):
            found.append(Difference(Act.CHANGE, want.kind, want.key, want.value, lines))
    return found


def _surplus(wants: Sequence[Wanted], in_force: Snapshot, prune: bool) -> Iterator[Difference]:
    names = {want.name for want in wants}
    for name, setting in sorted(in_force.settings.items()):
        if setting.kind not in FROM_FILES or name in names:
            continue
        plugin = in_force.plugins.get(setting.key) if setting.kind is SettingKind.PLUGIN else None
        source = plugin.source if plugin else None
        act = Act.DELETE if prune and source is None else Act.KEEP
        yield Difference(act, setting.kind, setting.key, source=source)


def fields(current: Mapping[str, JsonValue], value: Mapping[str, JsonValue]) -> Iterator[str]:
    """A line for each field that differs, long texts from where they do."""
    for name in sorted({*current, *value}):
        before, after = _shown(current, name), _shown(value, name)
        # Compared as text: in Python a 1 equals a true.
        if before != after:
            skipped = _alike(before, after)
            yield f"{name}: {_cut(before, skipped)} → {_cut(after, skipped)}"


def _shown(values: Mapping[str, JsonValue], name: str) -> str:
    if name not in values:
        return "(not said)"
    return orjson.dumps(values[name], option=orjson.OPT_SORT_KEYS).decode()


def _alike(before: str, after: str) -> int:
    """How much of two long texts to leave out because they begin alike."""
    if max(len(before), len(after)) <= _LONGEST_SHOWN:
        return 0
    alike = next(
        (i for i, pair in enumerate(zip(before, after, strict=False)) if len({*pair}) > 1), 0
    )
    return max(0, alike - _LONGEST_SHOWN // 3)


def _cut(text: str, skipped: int = 0) -> str:
    shown = text[skipped : skipped + _LONGEST_SHOWN]
    return f"{'…' if skipped else ''}{shown}{'…' if skipped + len(shown) < len(text) else ''}"
