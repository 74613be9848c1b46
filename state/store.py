"""Outcomes and working rows in PostgreSQL: `streams.outcomes.OutcomeStore` made durable.

Batch statements throughout: a round trip a batch, not a record.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from psycopg2.errors import UniqueViolation
from sqlalchemy import Connection, CursorResult, Engine, Executable, TextClause, select, text

from schemas.faults import PassingFault
from schemas.names import EventId
from schemas.records import Coordinates, Outcome
from schemas.working import K, R, Rows
from state.copying import copy_in
from state.engine import faults, text_refused
from state.row_tables import RowTable, row_table
from state.stored_outputs import dump_outputs, load_outputs
from state.tables import positions

_ADVANCE = """
    INSERT INTO positions (consumer, topic, partition, next_offset)
    SELECT :consumer, * FROM unnest(
        CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[]))
    ON CONFLICT (consumer, topic, partition)
        DO UPDATE SET next_offset = greatest(positions.next_offset, excluded.next_offset)
    """


def advancing(statement: str) -> TextClause:
    """A statement that moves a consumer's positions too: one round trip for both.

    Its parameters are its own and `moved(...)`.
    """
    return text(f"WITH moved AS ({_ADVANCE}) {statement}")


def moved(consumer: str, positions: Mapping[tuple[str, int], int]) -> dict[str, Any]:
    """The parameters of `advancing`."""
    ordered = sorted(positions.items())
    return {
        "consumer": consumer,
        "topics": [topic for (topic, _), _ in ordered],
        "partitions": [partition for (_, partition), _ in ordered],
        "offsets": [offset for _, offset in ordered],
    }


_ADVANCE_ALONE = text(_ADVANCE)
_ENTER = advancing(
    """
    SELECT CAST(id AS text) AS id, topic, partition, "offset", outputs FROM outcomes
    WHERE stage = :consumer AND id = ANY (CAST(:ids AS uuid[]))
    """
)


class PostgresStore:
    """Opens a stage's transactions on an engine of `state.engine.stage_engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def begin(self) -> Iterator["PostgresTransaction"]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises:
            RecordFault, PassingFault, ProcessFault: see `state.engine.faults`.
        """
        with faults(), self._engine.begin() as connection:
            yield PostgresTransaction(connection)

    def positions(self, stage: str) -> Mapping[tuple[str, int], int]:
        statement = select(positions.c.topic, positions.c.partition, positions.c.next_offset).where(
            positions.c.consumer == stage
        )
        with faults(), self._engine.connect() as connection:
            return {(t, p): o for t, p, o in connection.execute(statement)}


class PostgresTransaction:
    """`OutcomeTransaction` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._locked: dict[str, dict[Any, Any]] = {}
        """table → key → the row as it is in the database, of those locked or saved here."""

    def enter(
        self, stage: str, ids: Sequence[EventId], positions: Mapping[tuple[str, int], int]
    ) -> Mapping[EventId, Outcome]:
        parameters = {**moved(stage, positions), "ids": list(set(ids))}
        found: dict[EventId, Outcome] = {}
        for row in self.connection.execute(_ENTER, parameters):
            at = Coordinates(row.topic, row.partition, row.offset)
            found[EventId(row.id)] = Outcome(EventId(row.id), at, *load_outputs(row.outputs))
        return found

    def record(self, stage: str, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        columns = ("stage", "id", "topic", "partition", "offset", "outputs")
        rows = ((stage, o.id, *o.coordinates, dump_outputs(o.at, o.outputs)) for o in outcomes)
        try:
            copy_in(self.connection, "outcomes", columns, rows)
        except UniqueViolation as error:
            text = "another instance decided one of them meanwhile"
            raise PassingFault("outcome_race", text) from error

    def advance(self, consumer: str, positions: Mapping[tuple[str, int], int]) -> None:
        """Everything below these positions is applied."""
        self.connection.execute(_ADVANCE_ALONE, moved(consumer, positions))

    def lock(self, rows: Rows[K, R], keys: set[K]) -> dict[K, R]:
        if not keys:
            return {}
        ordered = sorted(keys)
        table = row_table(rows)
        found = {key: table.blank(key) for key in ordered}
        if rows.placeholders:
            self._execute(table.insert, table.arrays(found.values(), table.columns))
        stored = self._locked.setdefault(rows.table, {})
        for values in self._execute(table.lock, table.arrays(found.values(), table.key)):
            row = table.row(values)
            key = cast(K, tuple(getattr(row, name) for name in rows.key))
            found[key] = stored[key] = row
        return found

    def read(self, rows: Rows[K, R], keys: set[K]) -> dict[K, R]:
        if not keys:
            return {}
        table = row_table(rows)
        found = {key: table.blank(key) for key in sorted(keys)}
        for values in self._execute(table.read, table.arrays(found.values(), table.key)):
            row = table.row(values)
            found[cast(K, tuple(getattr(row, name) for name in rows.key))] = row
        return found

    def save(self, rows: Rows[K, R], changed: dict[K, R]) -> None:
        """Writes of a row only the columns that are not as they were locked."""
        table = row_table(rows)
        stored = self._locked.setdefault(rows.table, {})
        ordered = [(key, changed[key]) for key in sorted(changed)]
        self._insert(table, [row for key, row in ordered if key not in stored])
        groups: dict[tuple[str, ...], list[R]] = defaultdict(list)
        for key, row in ordered:
            if key in stored and (columns := table.changed(stored[key], row)):
                groups[columns].append(row)
        for columns, batch in groups.items():
            arrays = table.arrays(batch, (*table.key, *columns))
            self._execute(table.update(columns), arrays)
        stored.update(changed)

    def _insert(self, table: RowTable[R], batch: Sequence[R]) -> None:
        if not batch:
            return
        try:
            copy_in(self.connection, table.name, table.columns, table.values(batch))
        except UniqueViolation as error:
            text = "another instance wrote one of the rows meanwhile"
            raise PassingFault("row_race", text) from error

    def _execute(
        self, statement: Executable, parameters: dict[str, list[Any]]
    ) -> CursorResult[Any]:
        with text_refused():
            return self.connection.execute(statement, parameters)
