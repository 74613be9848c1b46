"""Rows into a table by PostgreSQL's binary COPY: a third of what INSERT costs the server, since
nothing is parsed. It cannot skip a row that is there: a key given twice fails the statement.

Format: https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format".
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from io import BytesIO
from itertools import chain
from struct import Struct
from struct import error as StructError
from typing import Any

import psycopg2
from psycopg2.errors import BadCopyFileFormat, InvalidBinaryRepresentation
from sqlalchemy import BigInteger, Connection, Integer, LargeBinary, Text, Uuid
from sqlalchemy.types import TypeEngine

from schemas.faults import ProcessFault, RecordFault
from state.tables import metadata

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_LENGTH = Struct("!i")
_INT4 = Struct("!ii")
_INT8 = Struct("!iq")


def _bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


_FIELDS: dict[type[TypeEngine[Any]], Callable[[Any], bytes]] = {
    Text: lambda value: _bytes(value.encode()),
    LargeBinary: _bytes,
    Uuid: lambda value: _bytes(uuid.UUID(value).bytes),
    Integer: lambda value: _INT4.pack(4, value),
    BigInteger: lambda value: _INT8.pack(8, value),
}


def copy_in(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows, given as values in the order of `columns`; none may be NULL.

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
    types = (type(metadata.tables[table].c[name].type) for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f"COPY {table} ({names}) FROM STDIN (FORMAT binary)"
    return statement, Struct("!h").pack(len(columns)), tuple(_FIELDS[kind] for kind in types)
