"""Everything the risk of one action is told from. All of it is an argument: no clock, no lookup."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schemas.events import Drafted, JsonObject
from schemas.settings import ActionDefinition, PluginSpec, SourceLabel, TenantSettings


@dataclass(frozen=True, slots=True)
class History:
    """What is known of the type's past for the tenant. None: nobody knows."""

    first_time: bool | None = None
    """Unknown counts as the first time."""
    recent_failures: int = 0
    typical_ms: int | None = None
    successes: int = 0

    def as_json(self) -> JsonObject:
        """What of it has no field of its own among a verdict's facts."""
        return {
            "recent_failures": self.recent_failures,
            "typical_ms": self.typical_ms,
            "successes": self.successes,
        }

    def for_conditions(self) -> JsonObject:
        """`history` of a policy's condition. What nobody knows is not there, so that a condition
        that looks at it errs and blocks; only a first time is told, since unknown is one."""
        if self.first_time is None:
            return {"first_time": True}
        seen: JsonObject = {"first_time": self.first_time, **self.as_json()}
        return {name: value for name, value in seen.items() if value is not None}


UNKNOWN = History()


@dataclass(frozen=True, slots=True)
class Considered:
    action: Drafted
    """With its labels as `processors.sensitive` tells them, whatever its model's side said."""
    definition: ActionDefinition | None
    plugin: PluginSpec | None
    now: datetime
    guard: bool = True
    """The flag `plugin-risk-guard`; off: everything is high at least."""
    labels: Mapping[str, SourceLabel] = field(default_factory=dict)
    """By tool, what its source says now."""
    tenant: TenantSettings = field(default_factory=TenantSettings)
    history: History = UNKNOWN
