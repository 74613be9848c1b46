"""Outcomes and working rows in PostgreSQL: `streams.outcomes.OutcomeStore` made durable.

Batch statements throughout: a round trip a batch, not a record.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

import fastavro
from sqlalchemy import Connection, Engine, Table, bindparam, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from schemas.faults import PassingFault, RecordFault
from schemas.names import EventId
from schemas.records import Coordinates, Outcome, Outgoing
from schemas.working import K, R, Rows
from state.engine import faults
from state.tables import metadata, outcomes, positions

_OUTPUTS = fastavro.parse_schema(
    {
        "type": "array",
        "items": {
            "type": "record",
            "name": "interlock.Outgoing",
            "fields": [
                {"name": "topic", "type": "string"},
                {"name": "key", "type": ["null", "bytes"]},
                {"name": "value", "type": ["null", "bytes"]},
                {
                    "name": "headers",
                    "type": {
                        "type": "array",
                        "items": {
                            "type": "record",
                            "name": "interlock.Header",
                            "fields": [
                                {"name": "name", "type": "string"},
                                {"name": "value", "type": "bytes"},
                            ],
                        },
                    },
                },
            ],
        },
    }
)

_RECORD = text(
    """
    INSERT INTO outcomes (stage, id, topic, partition, "offset", outputs)
    SELECT :stage, * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:topics AS text[]), CAST(:partitions AS integer[]),
        CAST(:offsets AS bigint[]), CAST(:outputs AS bytea[]))
    ON CONFLICT DO NOTHING
    """
)

_ADVANCE = text(
    """
    INSERT INTO positions (consumer, topic, partition, next_offset)
    SELECT :stage, * FROM unnest(
        CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[]))
    ON CONFLICT (consumer, topic, partition)
        DO UPDATE SET next_offset = greatest(positions.next_offset, excluded.next_offset)
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

    def recorded(self, stage: str, ids: Sequence[EventId]) -> Mapping[EventId, Outcome]:
        if not ids:
            return {}
        rows = self.connection.execute(
            _recorded_statement(), {"stage": stage, "ids": list(set(ids))}
        )
        found: dict[EventId, Outcome] = {}
        for row in rows:
            at = Coordinates(row.topic, row.partition, row.offset)
            found[EventId(row.id)] = Outcome(EventId(row.id), at, load_outputs(row.outputs))
        return found

    def record(self, stage: str, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        result = self.connection.execute(
            _RECORD,
            {
                "stage": stage,
                "ids": [outcome.id for outcome in outcomes],
                "topics": [outcome.coordinates.topic for outcome in outcomes],
                "partitions": [outcome.coordinates.partition for outcome in outcomes],
                "offsets": [outcome.coordinates.offset for outcome in outcomes],
                "outputs": [dump_outputs(outcome.outputs) for outcome in outcomes],
            },
        )
        if result.rowcount != len(outcomes):
            raise PassingFault("outcome_race", "another instance decided one of them meanwhile")

    def advance(self, stage: str, positions: Mapping[tuple[str, int], int]) -> None:
        ordered = sorted(positions.items())
        self.connection.execute(
            _ADVANCE,
            {
                "stage": stage,
                "topics": [topic for (topic, _), _ in ordered],
                "partitions": [partition for (_, partition), _ in ordered],
                "offsets": [offset for _, offset in ordered],
            },
        )

    def lock(self, rows: Rows[K, R], keys: set[K]) -> dict[K, R]:
        if not keys:
            return {}
        ordered = sorted(keys)
        blank: Any = rows.row
        columns = _columns(blank)
        placeholders = [_values(columns, blank(*key)) for key in ordered]
        self._execute(_placeholder_statement(rows.table), placeholders)
        found = self.connection.execute(
            _lock_statement(rows.table, rows.key, columns), {"keys": ordered}
        )
        result: dict[K, R] = {}
        read = _readers(blank)
        for row in found:
            values = rows.row(*(convert(v) for convert, v in zip(read, row, strict=True)))
            key = cast(K, tuple(getattr(values, name) for name in rows.key))
            result[key] = values
        return result

    def save(self, rows: Rows[K, R], changed: dict[K, R]) -> None:
        if not changed:
            return
        kind: Any = rows.row
        columns = _columns(kind)
        values = [_values(columns, changed[key]) for key in sorted(changed)]
        self._execute(_save_statement(rows.table, rows.key, columns), values)

    def _execute(self, statement: Any, values: list[dict[str, Any]]) -> None:
        try:
            self.connection.execute(statement, values)
        except ValueError as error:
            # psycopg2 refuses NUL in text before the server sees it.
            raise RecordFault("database_rejects", str(error)) from error


def dump_outputs(outputs: Sequence[Outgoing]) -> bytes:
    """Outputs as one Avro value (no fingerprint: it never leaves this table)."""
    buffer = io.BytesIO()
    fastavro.schemaless_writer(
        buffer,
        _OUTPUTS,
        [
            {
                "topic": output.topic,
                "key": output.key,
                "value": output.value,
                "headers": [{"name": name, "value": value} for name, value in output.headers],
            }
            for output in outputs
        ],
    )
    return buffer.getvalue()


def load_outputs(stored: bytes) -> tuple[Outgoing, ...]:
    """Inverse of `dump_outputs`."""
    items = cast(
        list[dict[str, Any]],
        fastavro.schemaless_reader(io.BytesIO(bytes(stored)), _OUTPUTS, None),
    )
    return tuple(
        Outgoing(
            item["topic"],
            item["key"],
            item["value"],
            tuple((header["name"], header["value"]) for header in item["headers"]),
        )
        for item in items
    )


@cache
def _columns(row: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


def _values(columns: tuple[str, ...], row: object) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in columns}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}


@cache
def _readers(row: type) -> tuple[Callable[[Any], Any], ...]:
    """For each column, what turns the driver's value into the row's."""
    hints = get_type_hints(row)
    return tuple(_reader(hints[name]) for name in _columns(row))


def _reader(hint: Any) -> Callable[[Any], Any]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if get_origin(hint) is tuple:
        return lambda value: tuple(bytes(item) for item in value)
    if bytes in (hint, *get_args(hint)):
        return lambda value: None if value is None else bytes(value)
    return lambda value: value


@cache
def _table(name: str) -> Table:
    return metadata.tables[name]


@cache
def _recorded_statement() -> Any:
    c = outcomes.c
    return select(c.id, c.topic, c.partition, c.offset, c.outputs).where(
        c.stage == bindparam("stage"), c.id.in_(bindparam("ids", expanding=True))
    )


@cache
def _placeholder_statement(table: str) -> Any:
    return insert(_table(table)).on_conflict_do_nothing()


@cache
def _lock_statement(table: str, key: tuple[str, ...], columns: tuple[str, ...]) -> Any:
    t = _table(table)
    keys = [t.c[name] for name in key]
    return (
        select(*(t.c[name] for name in columns))
        .where(tuple_(*keys).in_(bindparam("keys", expanding=True)))
        .order_by(*keys)
        .with_for_update()
    )


@cache
def _save_statement(table: str, key: tuple[str, ...], columns: tuple[str, ...]) -> Any:
    t = _table(table)
    statement = insert(t)
    return statement.on_conflict_do_update(
        index_elements=list(key),
        set_={name: statement.excluded[name] for name in columns if name not in key},
    )
