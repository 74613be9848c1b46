"""The running counts of the windows a batch asks for: what is left, and what is taken."""

from collections.abc import Iterable, Mapping

from processors.limits.check import Counters
from processors.limits.demand import Demand
from schemas.working import LimitKey, LimitRow, Taken


class Room:
    """Windows by key: as they are in the database, then with what was taken since."""

    def __init__(self, windows: Mapping[LimitKey, LimitRow]) -> None:
        self._used = {key: row.used for key, row in windows.items()}
        self._changed: set[LimitKey] = set()

    def used(self, demands: Iterable[Demand]) -> Counters:
        """What the windows asked for hold now."""
        used = self._used
        return {key[1]: used[key] for _, key, _ in demands}

    def take(self, demands: Iterable[Demand]) -> tuple[Taken, ...]:
        """Take what was found to fit (`over` was empty)."""
        taken: list[Taken] = []
        for _, key, share in demands:
            assert share.amount is not None
            self._used[key] += share.amount
            self._changed.add(key)
            taken.append(Taken(key[1], key[2], share.amount))
        return tuple(taken)

    @property
    def changed(self) -> dict[LimitKey, LimitRow]:
        """What is to be saved: a window nothing was taken of needs no row."""
        return {key: LimitRow(*key, self._used[key]) for key in self._changed}
