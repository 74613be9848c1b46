"""The settings in force at one version: an immutable view of `control.settings`.

A version is the offset of the last record taken into account; `processors.settings_log`
makes the next snapshot from this one. Cores and the claim look things up here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from processors.catalog import named
from processors.policies import CompiledPack
from schemas.events import Setting
from schemas.names import TenantId
from schemas.rollout import RolloutHold, RolloutPlan, RolloutReached
from schemas.settings import (
    ActionDefinition,
    ActionTemplate,
    Approver,
    Flag,
    Freeze,
    PluginSpec,
    SourceLabel,
    TenantSettings,
)

FLAGS = (
    "react-action-router",
    "agent-action-approval",
    "plugin-risk-guard",
    "react-actor-telemetry",
)
"""The flags there are; each is on until a record says otherwise."""


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


def setting_key(kind: str, key: str) -> str:
    """The key of a setting's record: `<kind>:<key>`."""
    return f"{kind}:{key}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that did not count, or not as written."""

    offset: int
    setting: str
    """`<kind>:<key>`, as far as it could be read."""
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Never changed; a mapping's keys are the settings' keys."""

    version: int = -1
    """Offset of the last record taken into account; -1: none yet."""
    tenants: Mapping[str, TenantSettings] = field(default_factory=_empty)
    definitions: Mapping[str, ActionDefinition] = field(default_factory=_empty)
    plugins: Mapping[str, PluginSpec] = field(default_factory=_empty)
    """By `tool`, the version in force, and by `tool@version`, others still offered."""
    approvers: Mapping[str, Approver] = field(default_factory=_empty)
    """By `kid`."""
    flags: Mapping[str, Flag] = field(default_factory=_empty)
    freezes: Mapping[str, Freeze] = field(default_factory=_empty)
    settings: Mapping[str, Setting] = field(default_factory=_empty)
    """By `<kind>:<key>`: the record each thing in force comes from, of every kind."""
    signed_at: Mapping[str, datetime] = field(default_factory=_empty)
    """By `<kind>:<key>`, deleted ones too: `at` of the newest signed record."""
    problems: tuple[Problem, ...] = ()
    """The latest ones."""
    problem_count: int = 0
    tools: Mapping[str, str | None] = field(default_factory=_empty, repr=False)
    """By alias: its tool; None when more than one claims the alias."""
    templates: Mapping[str, ActionTemplate] = field(default_factory=_empty)
    labels: Mapping[str, SourceLabel] = field(default_factory=_empty)
    """By tool: what its source says now."""
    policies: Mapping[str, CompiledPack] = field(default_factory=_empty)
    """By pack."""
    rollouts: Mapping[str, RolloutPlan] = field(default_factory=_empty)
    """By plan, as the two that follow."""
    rollout_reached: Mapping[str, RolloutReached] = field(default_factory=_empty)
    rollout_holds: Mapping[str, RolloutHold] = field(default_factory=_empty)

    def tenant(self, tenant_id: TenantId) -> TenantSettings | None:
        """What the tenant allows; None when nothing is known of it."""
        return self.tenants.get(tenant_id)

    def definition(self, action_type: str) -> ActionDefinition | None:
        return self.definitions.get(action_type)

    def plugin(self, tool: str, version: str | None = None) -> PluginSpec | None:
        """The tool as it is in force, or in a version if that is still offered."""
        current = self.plugins.get(tool) if "@" not in tool else None
        if version is None or (current is not None and current.version == version):
            return current
        return self.plugins.get(f"{tool}@{version}")

    def resolve(self, name: str) -> tuple[ActionDefinition | None, PluginSpec | None]:
        """What a model means by a name: an action type, else a tool, else a tool's exact alias
        (`processors.catalog.named`). A version range is for whoever configures, not for a model:
        an older version may be labelled milder."""
        found = named(self, name)
        return (None, None) if found is None else (found.definition, found.plugin)

    def frozen(self, tenant: str, action_type: str, tool: str) -> Freeze | None:
        """A freeze that covers the action; None when nothing does."""
        for _, freeze in sorted(self.freezes.items()):
            if (
                freeze.tenant in (None, tenant)
                and freeze.action_type in (None, action_type)
                and freeze.tool in (None, tool)
            ):
                return freeze
        return None

    def flag(self, name: str) -> bool:
        """Whether a flag is on."""
        flag = self.flags.get(name)
        return flag is None or flag.enabled

    def served_by(self, tool: str) -> ActionDefinition | None:
        """The type a tool serves; of several the gravest."""
        served = [d for d in self.definitions.values() if tool in d.tools]
        return min(served, key=lambda d: (-d.impact_level.rank, d.action_type), default=None)
