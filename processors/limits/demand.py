"""What one action asks of one window, and what it is told from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from schemas.events import Drafted
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from schemas.working import LimitKey, Window


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


class Share(NamedTuple):
    """One window a kind asks for: whose, how much there is, how much of it."""

    scope: str
    """Without its period."""
    most: int
    of: str
    """Whose it is, for people."""
    amount: int | None = 1
    """None: nobody can tell. That is over the limit, whatever is left."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table."""

    code: str
    """The reason's code where there is no room."""
    period: Window
    setting: str
    """The field that sets it."""
    shares: Callable[[Asking], Iterable[Share]]
    what: str = "actions"
    """What is counted, for people."""
    unit: int = 1
    """How many make a whole one: 1, or 1000 where thousandths are counted."""


class Demand(NamedTuple):
    """What an action asks of one window. A named tuple, since an action makes up to a score."""

    kind: Kind
    key: LimitKey
    share: Share

    @property
    def scope(self) -> str:
        return self.key[1]


@lru_cache(maxsize=16)
def starts(now: datetime) -> Mapping[str, datetime]:
    """When the windows of an instant began, by the period's value. In UTC: a tenant's day has no
    daylight saving."""
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    hour = minute.replace(minute=0)
    return {
        Window.MINUTE.value: minute,
        Window.HOUR.value: hour,
        Window.DAY.value: hour.replace(hour=0),
    }
