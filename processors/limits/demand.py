"""What one action asks of one window, and what it is told from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from schemas.events import Drafted
from schemas.names import TenantId
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from schemas.working import LimitKey, Taken, Window


@dataclass(frozen=True, slots=True)
class Asking:
    """The action and what is known of it before any window is looked at."""

    action: Drafted
    tenant: TenantSettings
    definition: ActionDefinition | None
    plugin: PluginSpec | None
    resources: list[str]
    """What it touches, by name."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Demand:
    """`amount` of `most` of one window; in ones, or in thousandths where `unit` is 1000."""

    code: str
    """The reason's code where there is no room."""
    scope: str
    period: Window
    start: datetime
    amount: int | None
    """None: what it takes cannot be told. That is over the limit, whatever is left."""
    most: int
    of: str
    """Whose window it is, for people."""
    what: str = "actions"
    """What is counted, for people."""
    unit: int = 1

    def key(self, tenant: TenantId) -> LimitKey:
        return tenant, self.scope, self.start

    def taken(self) -> Taken:
        """What is taken where it fits."""
        assert self.amount is not None
        return Taken(self.scope, self.start, self.amount)


@lru_cache(maxsize=16)
def starts(now: datetime) -> Mapping[Window, datetime]:
    """When the windows of an instant began, in UTC: a tenant's day has no daylight saving."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    hour = minute.replace(minute=0)
    return {Window.MINUTE: minute, Window.HOUR: hour, Window.DAY: hour.replace(hour=0)}
