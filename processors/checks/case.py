"""What a check is, and everything it may look at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from processors.capability import Lack
from processors.impact import UNKNOWN, History
from processors.limits import Demand
from processors.permission import NOT_NEEDED, Permission
from processors.sensitive import Hidden
from processors.snapshot import Snapshot
from schemas.events import Drafted, FieldError, Impact
from schemas.names import Verdict
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings


@dataclass(frozen=True, slots=True)
class AssessFacts:
    settings: Snapshot
    tenant_defaults: TenantSettings
    system_enabled: bool
    now: datetime
    approval_sla_s: int = 120
    history: History = UNKNOWN
    permission: Permission = NOT_NEEDED
    """As it is by default, nobody was asked: a tool that asks for a permission needs a person."""


class Case(NamedTuple):
    """One action and what is known of it. A named tuple, since each action makes one."""

    action: Drafted
    known_tenant: bool
    tenant: TenantSettings
    definition: ActionDefinition | None
    plugin: PluginSpec | None
    impact: Impact
    demands: tuple[Demand, ...]
    """What it asks of which windows."""
    facts: AssessFacts
    lacks: tuple[Lack, ...] = ()
    """Why its tool cannot do it."""
    missing: tuple[FieldError, ...] = ()
    """What the tool needs and was not given."""
    hidden: Hidden = ()
    """What no reason may show; with `hides_short` it has still to be looked for."""
    hides_short: bool = False


Check = tuple[str, Verdict, Callable[[Case], bool], str | Callable[[Case], str]]
"""A reason's code, the verdict it asks for, whether it objects, and the reason for people."""
