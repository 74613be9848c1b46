"""What the read models hold, in a form two of them can be compared by."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import Engine, text

from state.engine import faults

TABLES: dict[str, str] = {
    "action_definitions": "action_type",
    "tenant_action_settings": "tenant_id",
    "action_executions": "id",
    "action_approvals": "execution_id, revision",
}
"""Each read model and the order its rows are taken in."""


def rows_of(engine: Engine, table: str) -> Iterator[str]:
    """A table's rows as JSON text, in key order, times in UTC.

    Raises:
        KeyError: not a read model.
        PassingFault: the database is away.
    """
    rows = text(f"SELECT CAST(to_jsonb(r) AS text) FROM {table} r ORDER BY {TABLES[table]}")
    with faults(), engine.begin() as connection:
        connection.execute(text("SET LOCAL TimeZone = 'UTC'"))
        streamed = connection.execution_options(yield_per=1000).execute(rows)
        yield from (row[0] for row in streamed)


def rows_digest(engine: Engine) -> dict[str, str]:
    """SHA-256 of each table's rows: equal digests, equal tables.

    A rebuild from the log gives the digests the sink's own tables have.
    """
    digests: dict[str, str] = {}
    for table in TABLES:
        digest = hashlib.sha256()
        for row in rows_of(engine, table):
            digest.update(row.encode() + b"\n")
        digests[table] = digest.hexdigest()
    return digests
