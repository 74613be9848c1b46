"""Rows into a table by PostgreSQL's binary COPY: a third of what INSERT costs the server, since
nothing is parsed. It cannot skip a row that is there: a key given twice fails the statement.

Format: https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format".
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from itertools import chain
from struct import Struct
from struct import error as StructError
from typing import Any

import psycopg2
from psycopg2.errors import BadCopyFileFormat, InvalidBinaryRepresentation
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from schemas.faults import ProcessFault, RecordFault
from state.tables import metadata

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_LENGTH = Struct("!i")
_INT4 = Struct("!ii")
_INT8 = Struct("!iq")
_FLOAT8 = Struct("!id")
_ARRAY = Struct("!iii")
_DIMENSION = Struct("!ii")
_NULL = _LENGTH.pack(-1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


_FIELDS: dict[type[TypeEngine[Any]], Callable[[Any], bytes]] = {
    Text: lambda value: _bytes(value.encode()),
    LargeBinary: _bytes,
    Uuid: lambda value: _bytes(uuid.UUID(value).bytes),
    Integer: lambda value: _INT4.pack(4, value),
    BigInteger: lambda value: _INT8.pack(8, value),
    Boolean: lambda value: b"\x00\x00\x00\x01\x01" if value else b"\x00\x00\x00\x01\x00",
    Float: lambda value: _FLOAT8.pack(8, value),
    DateTime: lambda value: _INT8.pack(8, (value - _EPOCH) // _MICROSECOND),
    # Its text, behind the number of the form.
    JSONB: lambda value: _bytes(b"\x01" + value.encode()),
}
_OIDS: dict[type[TypeEngine[Any]], int] = {
    LargeBinary: 17,
    BigInteger: 20,
    Integer: 23,
    DateTime: 1184,
}
"""Of the items' types, which an array names."""


def _array(item: TypeEngine[Any]) -> Callable[[Sequence[Any]], bytes]:
    encode, oid = _FIELDS[type(item)], _OIDS[type(item)]
    empty = _bytes(_ARRAY.pack(0, 0, oid))

    def encoded(value: Sequence[Any]) -> bytes:
        if not value:
            return empty
        head = _ARRAY.pack(1, 0, oid) + _DIMENSION.pack(len(value), 1)
        return _bytes(head + b"".join(map(encode, value)))

    return encoded


def _encoder(column: "Column[Any]") -> Callable[[Any], bytes]:
    kind = column.type
    encode = _array(kind.item_type) if isinstance(kind, ARRAY) else _FIELDS[type(kind)]
    if not column.nullable:
        return encode
    return lambda value: _NULL if value is None else encode(value)


def copy_in(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows, given as values in the order of `columns`; JSON as its text.

    Raises:
        psycopg2.Error: as an INSERT; `UniqueViolation` where a key is taken.
        RecordFault: `database_rejects`: a value that its column's form cannot hold.
        ProcessFault: `database_error`: the table is not as this code knows it.
    """
    statement, count, encoders = _plan(table, tuple(columns))
    parts = (
        chain((count,), (encode(value) for encode, value in zip(encoders, row, strict=True)))
        for row in rows
    )
    try:
        content = b"".join(chain((_HEADER,), chain.from_iterable(parts), (_END,)))
    except (ValueError, StructError) as error:
        raise RecordFault("database_rejects", str(error)) from error
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        with driver.cursor() as cursor:
            cursor.copy_expert(statement, BytesIO(content))
    except (BadCopyFileFormat, InvalidBinaryRepresentation) as error:
        # Of the class of rejected contents, but no content does this.
        raise ProcessFault("database_error", str(error)) from error
    except psycopg2.Error as error:
        if not driver.closed:
            raise
        # SQLAlchemy did not see it break.
        connection.invalidate(error)
        raise psycopg2.OperationalError(str(error)) from error


@cache
def _plan(
    table: str, columns: tuple[str, ...]
) -> tuple[str, bytes, tuple[Callable[[Any], bytes], ...]]:
    """(the statement, the count of fields before each row, an encoder for each column)."""
    encoders = tuple(_encoder(metadata.tables[table].c[name]) for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f"COPY {table} ({names}) FROM STDIN (FORMAT binary)"
    return statement, Struct("!h").pack(len(columns)), encoders
