"""Working rows as batch statements: made once for each kind of row, from its columns.

A batch is passed as one array a column and unfolded by the server (`unnest`): one round trip
and one plan whatever the batch's size. An array column travels as its text, since unfolding would
flatten it. New rows go by COPY (`state.copying`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, Generic, get_args, get_origin, get_type_hints

import orjson
from sqlalchemy import ARRAY, JSON, Column, Dialect, TextClause, text
from sqlalchemy.dialects.postgresql import psycopg2

from schemas.working import K, R, Rows, Taken
from state.tables import metadata

_DIALECT: Dialect = psycopg2.dialect()  # type: ignore[no-untyped-call]


class RowTable(Generic[R]):
    """The statements for one kind of row, and its values on the way in and out."""

    def __init__(self, rows: "Rows[Any, R]") -> None:
        self._make = rows.row
        self.name = rows.table
        row: Any = rows.row
        self.columns: tuple[str, ...] = tuple(field.name for field in fields(row))
        self.key = rows.key
        self._table = metadata.tables[rows.table]
        hints = get_type_hints(row)
        self._values = attrgetter(*self.columns)
        self._pass = {name: _passer(self._table.c[name], hints[name]) for name in self.columns}
        self._json = {n for n in self.columns if isinstance(self._table.c[n].type, JSON)}
        self._read = [_reader(hints[name]) for name in self.columns]
        self.insert = text(
            f"INSERT INTO {rows.table} ({', '.join(self.columns)}) "
            f"SELECT {self._typed(self.columns)} FROM {self._batch(self.columns)} "
            f"ON CONFLICT DO NOTHING"
        )
        found = (
            f"SELECT {', '.join(f't.{name}' for name in self.columns)} "
            f"FROM {self._batch(rows.key)} JOIN {rows.table} t ON {self._same_key()}"
        )
        in_order = f"ORDER BY {', '.join(f't.{name}' for name in rows.key)}"
        types = [self._table.c[name] for name in self.columns]
        self.read = text(found).columns(*types)
        self.lock = text(f"{found} {in_order} FOR UPDATE OF t").columns(*types)
        self.update = cache(self._update)

    def _update(self, columns: tuple[str, ...]) -> TextClause:
        """Sets these columns of the batch's rows."""
        changes = ", ".join(f"{name} = {self._typed([name])}" for name in columns)
        return text(
            f"UPDATE {self._table.name} t SET {changes} "
            f"FROM {self._batch((*self.key, *columns))} WHERE {self._same_key()}"
        )

    def _batch(self, columns: Sequence[str]) -> str:
        """The batch as a table `new`, from one array a column."""
        arrays = (f"CAST(:{n} AS {_passed_as(self._table.c[n])}[])" for n in columns)
        return f"unnest({', '.join(arrays)}) AS new ({', '.join(columns)})"

    def _typed(self, columns: Sequence[str]) -> str:
        return ", ".join(f"CAST(new.{n} AS {_sql_type(self._table.c[n])})" for n in columns)

    def _same_key(self) -> str:
        return " AND ".join(
            f"t.{n} = CAST(new.{n} AS {_sql_type(self._table.c[n])})" for n in self.key
        )

    def arrays(self, rows: Iterable[R], columns: Sequence[str]) -> dict[str, list[Any]]:
        """The batch as one list a column, as the driver takes them."""
        batch = list(rows)
        return {name: [self._pass[name](getattr(row, name)) for row in batch] for name in columns}

    def values(self, rows: Iterable[R]) -> Iterator[Sequence[Any]]:
        """The batch row by row, as `state.copying` takes it."""
        for row in rows:
            yield [
                self._pass[name](value) if name in self._json and value is not None else value
                for name, value in zip(self.columns, self._values(row), strict=True)
            ]

    def changed(self, before: R, after: R) -> tuple[str, ...]:
        """The columns in which two rows of one key differ, JSON by its text: to Python 1 and
        true are equal."""
        return tuple(
            name
            for name in self.columns
            if (was := getattr(before, name)) is not (now := getattr(after, name))
            and (
                was != now
                or (name in self._json and self._pass[name](was) != self._pass[name](now))
            )
        )

    def blank(self, key: tuple[object, ...]) -> R:
        """The placeholder for a key."""
        make: Any = self._make
        row: R = make(*key)
        return row

    def row(self, values: Any) -> R:
        """A row as the stages know it, from a result's columns."""
        return self._make(*(read(v) for read, v in zip(self._read, values, strict=True)))


@cache
def _row_table(rows: "Rows[Any, Any]") -> RowTable[Any]:
    return RowTable(rows)


def row_table(rows: "Rows[K, R]") -> RowTable[R]:
    """The statements of a kind of row, made at its first use."""
    return _row_table(rows)


def _sql_type(column: "Column[Any]") -> str:
    return str(column.type.compile(dialect=_DIALECT))


def _passed_as(column: "Column[Any]") -> str:
    return "TEXT" if isinstance(column.type, ARRAY) else _sql_type(column)


def _passer(column: "Column[Any]", hint: Any) -> Callable[[Any], Any]:
    """What turns a row's value into the driver's parameter."""
    if hint == tuple[Taken, ...]:
        return _taken_text
    if isinstance(column.type, ARRAY):
        return _array_text
    processor = column.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return processor or _unchanged


def _unchanged(value: Any) -> Any:
    return value


def _taken_text(value: tuple[Taken, ...]) -> str:
    return orjson.dumps([tuple(taken) for taken in value]).decode()


def _taken(value: list[tuple[str, str, int]]) -> tuple[Taken, ...]:
    return tuple(Taken(scope, datetime.fromisoformat(at), n) for scope, at, n in value)


def _array_text(value: tuple[bytes | int | datetime, ...]) -> str:
    return "{" + ",".join(_item_text(item) for item in value) + "}"


def _item_text(item: bytes | int | datetime) -> str:
    if isinstance(item, bytes):
        return f'"\\\\x{item.hex()}"'
    return f'"{item.isoformat()}"' if isinstance(item, datetime) else str(item)


def _reader(hint: Any) -> Callable[[Any], Any]:
    """What turns the driver's value of a column into the row's."""
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if hint == tuple[Taken, ...]:
        return _taken
    if get_origin(hint) is tuple:
        # The driver gives bytes as a view.
        return (lambda value: tuple(map(bytes, value))) if bytes in get_args(hint) else tuple
    if bytes in (hint, *get_args(hint)):
        return lambda value: None if value is None else bytes(value)
    return _unchanged
