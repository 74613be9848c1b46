"""An outcome store in memory, for the test driver: the same contract, no database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from schemas.names import EventId
from schemas.records import Outcome
from schemas.working import K, R, Rows


class MemoryStore:
    """Transactions are a copy of the dictionaries, kept on success."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[tuple[object, ...], object]] = {}
        self.outcomes: dict[tuple[str, EventId], Outcome] = {}
        self._positions: dict[tuple[str, str, int], int] = {}

    @contextmanager
    def begin(self) -> Iterator["MemoryTransaction"]:
        tables = {name: dict(rows) for name, rows in self.tables.items()}
        tx = MemoryTransaction(tables, dict(self.outcomes), dict(self._positions))
        yield tx
        self.tables, self.outcomes, self._positions = tx.tables, tx.outcomes, tx.decided

    def positions(self, stage: str) -> Mapping[tuple[str, int], int]:
        return {(t, p): o for (s, t, p), o in self._positions.items() if s == stage}

    def rows(self, rows: Rows[K, R]) -> dict[K, R]:
        """All rows of a kind, for assertions and for the in-memory ledger."""
        return cast(dict[K, R], self.tables.setdefault(rows.table, {}))


class MemoryTransaction:
    def __init__(
        self,
        tables: dict[str, dict[tuple[object, ...], object]],
        outcomes: dict[tuple[str, EventId], Outcome],
        decided: dict[tuple[str, str, int], int],
    ) -> None:
        self.tables = tables
        self.outcomes = outcomes
        self.decided = decided

    def enter(
        self, stage: str, ids: Sequence[EventId], positions: Mapping[tuple[str, int], int]
    ) -> Mapping[EventId, Outcome]:
        for (topic, partition), offset in positions.items():
            key = (stage, topic, partition)
            self.decided[key] = max(offset, self.decided.get(key, 0))
        return {i: self.outcomes[stage, i] for i in ids if (stage, i) in self.outcomes}

    def record(self, stage: str, outcomes: Sequence[Outcome]) -> None:
        self.outcomes.update({(stage, outcome.id): outcome for outcome in outcomes})

    def lock(self, rows: Rows[K, R], keys: set[K]) -> dict[K, R]:
        table = self.tables.setdefault(rows.table, {})
        for key in keys:
            if key not in table:
                blank: Any = rows.row
                table[key] = blank(*key)
        return {key: cast(R, table[key]) for key in keys}

    def read(self, rows: Rows[K, R], keys: set[K]) -> dict[K, R]:
        blank: Any = rows.row
        table = self.tables.get(rows.table, {})
        return {key: cast(R, table.get(key) or blank(*key)) for key in keys}

    def save(self, rows: Rows[K, R], changed: dict[K, R]) -> None:
        self.tables.setdefault(rows.table, {}).update(cast(Any, changed))
