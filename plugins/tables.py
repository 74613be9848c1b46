"""The host's tables, in the PostgreSQL schema `plugin_host`, which nobody else writes.

`invocations` and `effect_log` are the mechanism; the others hold the tools' effects. Every
effect row carries its tenant and, uniquely, the idempotency key that made it.
"""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

SCHEMA = "plugin_host"
metadata = MetaData(schema=SCHEMA)


def _effect_table(name: str, columns: Sequence[SchemaItem]) -> Table:
    return Table(
        name,
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("tenant_id", Text, nullable=False),
        Column("idempotency_key", Text, nullable=False, unique=True),
        *columns,
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Index(f"{name}_by_tenant", "tenant_id", "created_at"),
    )


invocations = Table(
    "invocations",
    metadata,
    Column("key", Text, primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("params_sha256", Text, nullable=False),
    Column("answer", JSONB(none_as_null=True)),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Who holds a key, and its answer. `answer` is null only inside the claiming transaction."""

effect_log = Table(
    "effect_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("tenant_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""One row each time a tool ran to its commit, written in that same transaction.

Without a unique constraint on purpose: were an effect ever done twice, a checker that
knows nothing of this code would see it here: `GROUP BY key HAVING count(*) > 1`.
"""

tasks = _effect_table(
    "tasks",
    [
        Column("title", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("priority", Text, nullable=False),
        Column("assignee", Text),
        Column("due_on", Date),
        Column("labels", JSONB, nullable=False),
        Column("status", Text, nullable=False, server_default="abierta"),
    ],
)

messages = _effect_table(
    "messages",
    [
        Column("title", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("recipients", JSONB, nullable=False),
    ],
)

stock_movements = _effect_table(
    "stock_movements",
    [
        Column("sku", Text, nullable=False),
        Column("delta", Integer, CheckConstraint("delta <> 0"), nullable=False),
        Column("level_after", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
    ],
)

stock_levels = Table(
    "stock_levels",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("quantity", BigInteger, CheckConstraint("quantity >= 0"), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""The running sum of the movements. The check is a second lock on the same door."""

reports = _effect_table(
    "reports",
    [
        Column("kind", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("from_day", Date),
        Column("to_day", Date),
        Column("file_name", Text, nullable=False),
        Column("row_count", Integer, nullable=False),
        Column("byte_count", BigInteger, nullable=False),
        Column("sha256", Text, nullable=False),
    ],
)
"""A file in the reports folder without its row here is no report: its host died."""

customers = Table(
    "customers",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("customer", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("since", Date, nullable=False),
)
"""What `crm-query` reads. Nothing in the host writes it but the demonstration rows."""
