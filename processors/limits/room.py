"""The running counts of the windows a batch asks for: what is left, and what is taken."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from processors.limits.check import Counters
from processors.limits.demand import Demand
from schemas.names import TenantId
from schemas.working import LimitKey, LimitRow, Taken


class Room:
    """Windows by key, each as it is in the database until something is taken of it."""

    def __init__(self, windows: Mapping[LimitKey, LimitRow]) -> None:
        self._windows = dict(windows)
        self.changed: dict[LimitKey, LimitRow] = {}
        """What is to be saved: a window nothing was taken of needs no row."""

    def used(self, tenant: TenantId, demands: Iterable[Demand]) -> Counters:
        """What the windows asked for hold now."""
        return {demand.scope: self._windows[demand.key(tenant)].used for demand in demands}

    def take(self, tenant: TenantId, demands: Iterable[Demand]) -> tuple[Taken, ...]:
        """Take what was found to fit (`over` was empty)."""
        taken = tuple(demand.taken() for demand in demands)
        for scope, start, amount in taken:
            key = tenant, scope, start
            window = self._windows[key]
            self._windows[key] = self.changed[key] = replace(window, used=window.used + amount)
        return taken
