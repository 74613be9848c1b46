"""`control.settings` record by record: each makes the next snapshot.

A record that cannot count is reported, never raised, and what it was about becomes no less
safe than it was:

| what is wrong | what is in force afterwards |
|---|---|
| unreadable record or value of a tenant | automation off, everything needs approval |
| of a plugin, of a definition | none: nothing runs with it, or a person decides |
| of a template | none: who names it is told that there is none |
| of a source's label | the plugin's own label counts as stale |
| of a policy | the pack that was: losing a rule that denies would be less safe |
| of a plan of a rollout | a plan that has reached nothing: a person decides everything |
| of how far a plan was advanced, of its hold | not at all by hand; held |
| of a flag | off |
| approver or freeze, not signed by an admin | what was before |
| signed, but older than what the key holds (sent again?) | what was before |
| signed, value unreadable | no approver; a freeze of everything |

Schemas and templates are compiled where they stand: of records taken together only the last of a
key. The topic keeps what was replaced for ever; nothing is told of what was wrong with it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from processors.policies import CompiledPack, read_pack
from processors.signatures import SIGNED_KINDS, Keys, check_setting, public_key
from processors.snapshot import Problem, Snapshot, setting_key
from processors.templates import check_template
from processors.validation import check_schema
from schemas.codec import decode_as
from schemas.events import Setting
from schemas.faults import RecordFault
from schemas.names import RiskLevel, SettingKind
from schemas.output import Refusal
from schemas.records import Record
from schemas.rollout import RolloutHold, RolloutPlan, RolloutReached
from schemas.settings import (
    ActionDefinition,
    ActionTemplate,
    Approver,
    Flag,
    Freeze,
    PluginSpec,
    PolicyPack,
    SourceLabel,
    TenantSettings,
)

PROBLEMS_KEPT = 50

Reducer = Callable[[Snapshot, Iterable[Record]], Snapshot]


@dataclass(frozen=True, slots=True)
class _Kind:
    field: str
    """The mapping of the snapshot that holds this kind."""
    model: type[BaseModel]
    unreadable: BaseModel | None
    """What is in force when the value cannot be read."""
    keeps: bool = False
    """Then what was before stays in force instead."""


_STALE = SourceLabel(risk_label=RiskLevel.CRITICAL, labelled_at=datetime.max.replace(tzinfo=UTC))
"""Of a source whose word cannot be read: whatever label the catalog has is older."""

_HELD = RolloutHold(reason="the hold cannot be read", since=datetime.min.replace(tzinfo=UTC))

_KINDS: Mapping[SettingKind, _Kind] = {
    SettingKind.TENANT: _Kind("tenants", TenantSettings, TenantSettings()),
    SettingKind.DEFINITION: _Kind("definitions", ActionDefinition, None),
    SettingKind.PLUGIN: _Kind("plugins", PluginSpec, None),
    SettingKind.TEMPLATE: _Kind("templates", ActionTemplate, None),
    SettingKind.POLICY: _Kind("policies", PolicyPack, None, keeps=True),
    SettingKind.LABEL: _Kind("labels", SourceLabel, _STALE),
    SettingKind.APPROVER: _Kind("approvers", Approver, None),
    SettingKind.ROLLOUT: _Kind("rollouts", RolloutPlan, RolloutPlan()),
    SettingKind.ROLLOUT_REACHED: _Kind("rollout_reached", RolloutReached, None),
    SettingKind.ROLLOUT_HOLD: _Kind("rollout_holds", RolloutHold, _HELD),
    SettingKind.FLAG: _Kind("flags", Flag, Flag(enabled=False)),
    SettingKind.FREEZE: _Kind("freezes", Freeze, Freeze(reason="the freeze cannot be read")),
}


def reducer(admin_keys: Keys) -> Reducer:
    """`(snapshot, records) → snapshot` for a feed. `admin_keys`: by `kid`, whose signature
    counts on approvers and freezes."""

    def reduce(snapshot: Snapshot, records: Iterable[Record]) -> Snapshot:
        draft = _Draft(snapshot)
        for record in records:
            offset = record.coordinates.offset
            try:
                setting = decode_as(Setting, record.value)
            except RecordFault as fault:
                draft.unreadable(offset, record.key, fault)
            else:
                draft.apply(offset, setting, admin_keys)
        return draft.done()

    return reduce


def apply(snapshot: Snapshot, offset: int, setting: Setting, admin_keys: Keys) -> Snapshot:
    """The snapshot after one record."""
    draft = _Draft(snapshot)
    draft.apply(offset, setting, admin_keys)
    return draft.done()


@dataclass(slots=True)
class _Draft:
    """The next snapshot while records are applied: a mapping is copied when first touched."""

    base: Snapshot
    version: int = field(init=False)
    touched: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    uncompiled: dict[str, tuple[int, Setting, BaseModel]] = field(default_factory=dict)
    """By name of the setting: what was read of it at which offset."""

    def __post_init__(self) -> None:
        self.version = self.base.version

    def done(self) -> Snapshot:
        for offset, setting, value in list(self.uncompiled.values()):
            try:
                _compile(value)
            except ValueError as error:
                self._not_of_its_kind(offset, setting, error)
        changed: dict[str, Any] = dict(self.touched)
        if "plugins" in changed:
            changed["tools"] = aliases(changed["plugins"])
        if self.problems:
            in_order = sorted(self.problems, key=lambda problem: problem.offset)
            changed["problems"] = (*self.base.problems, *in_order)[-PROBLEMS_KEPT:]
            changed["problem_count"] = self.base.problem_count + len(self.problems)
        return replace(self.base, version=self.version, **changed)

    def apply(self, offset: int, setting: Setting, admin_keys: Keys) -> None:
        self.version = offset
        name = setting_key(setting.kind, setting.key)
        if setting.kind in SIGNED_KINDS:
            checked = check_setting(setting, admin_keys)
            if isinstance(checked, Refusal):
                return self._report(offset, name, checked.code, checked.text)
            if self._sent_again(setting, name):
                return self._report(
                    offset, name, "setting_not_newer", "the key holds a newer signed record"
                )
        kind = _KINDS[setting.kind]
        self.uncompiled.pop(name, None)
        if setting.value is None:
            self._of("settings").pop(name, None)
            self._of(kind.field).pop(setting.key, None)
            return None
        try:
            value = _read(kind, setting)
        except ValueError as error:
            return self._not_of_its_kind(offset, setting, error)
        self._of(kind.field)[setting.key] = value
        if isinstance(value, BaseModel):
            self.uncompiled[name] = (offset, setting, value)
        self._of("settings")[name] = setting
        return None

    def unreadable(self, offset: int, key: bytes | None, fault: RecordFault) -> None:
        """A record whose value is no setting at all: its key says what it was about."""
        self.version = offset
        kind_name, _, name = (key or b"").decode("utf-8", "replace").partition(":")
        text = f"the record cannot be read: {fault.text}"
        if kind_name not in list(SettingKind) or SettingKind(kind_name) in SIGNED_KINDS:
            return self._report(offset, setting_key(kind_name, name)[:300], fault.code, text)
        return self._fall_back(offset, SettingKind(kind_name), name, fault.code, text)

    def _not_of_its_kind(self, offset: int, setting: Setting, error: ValueError) -> None:
        text = f"the value is not a {setting.kind.value}: {error}"
        self._fall_back(offset, setting.kind, setting.key, "value_unreadable", text)

    def _fall_back(self, offset: int, kind: SettingKind, key: str, code: str, text: str) -> None:
        name = setting_key(kind, key)
        self._report(offset, name, code, text)
        if _KINDS[kind].keeps:
            return
        self.uncompiled.pop(name, None)
        self._of("settings").pop(name, None)
        held = self._of(_KINDS[kind].field)
        held.pop(key, None)
        if (safe := _KINDS[kind].unreadable) is not None:
            held[key] = safe

    def _sent_again(self, setting: Setting, name: str) -> bool:
        """Whether a signed record is older than one already seen, and would undo it.

        Who can write to the topic could send an admin's old records again: lift a freeze,
        bring back an approver. What only makes things safer counts whenever it comes, since
        two admins' clocks differ.
        """
        last = self.touched.get("signed_at", self.base.signed_at).get(name)
        if last is None or setting.at > last:
            self._of("signed_at")[name] = setting.at
            return False
        if setting.kind is SettingKind.FREEZE:
            held = self.touched.get("freezes", self.base.freezes)
            return setting.value is None or setting.key in held
        return setting.value is not None

    def _report(self, offset: int, setting: str, code: str, text: str) -> None:
        self.problems.append(Problem(offset, setting, code, text))

    def _of(self, name: str) -> dict[str, Any]:
        if name not in self.touched:
            self.touched[name] = dict(getattr(self.base, name))
        return self.touched[name]


def _read(kind: _Kind, setting: Setting) -> BaseModel | CompiledPack:
    """The value, not compiled yet; of a kind that keeps what was before compiled, for then what
    stands between must be known.

    Raises:
        ValueError: it is not what the kind wants; the text is for people.
    """
    try:
        value = kind.model.model_validate(setting.value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place}: {first['msg']}") from None
    if isinstance(value, ActionDefinition) and value.action_type != setting.key:
        raise ValueError("the key is not its action_type")
    if isinstance(value, PluginSpec):
        if setting.key not in (value.tool, f"{value.tool}@{value.version}"):
            raise ValueError("the key is neither its tool nor tool@version")
        if "@" in value.tool:
            raise ValueError("a tool's name holds no @")
    if isinstance(value, PolicyPack):
        found = read_pack(setting.key, value)
        if not isinstance(found, CompiledPack):
            raise ValueError(str(found[0]))
        return found
    if isinstance(value, Approver) and public_key(value.public_key).kid not in (None, setting.key):
        raise ValueError("the key's kid is not the record's key")
    return value


def _compile(value: BaseModel) -> None:
    """
    Raises:
        ValueError: it holds what cannot be compiled.
    """
    if isinstance(value, PluginSpec):
        check_schema(value.parameters)
    if isinstance(value, ActionTemplate) and (problems := check_template(value)):
        raise ValueError(str(problems[0]))


def aliases(plugins: Mapping[str, PluginSpec]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key, plugin in plugins.items():
        if key == plugin.tool:
            for alias in plugin.aliases:
                found[alias] = plugin.tool if found.get(alias, plugin.tool) == plugin.tool else None
    return found
