"""What stands in a report: one query a kind, each of one tenant and one period."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select, true

from plugins.reports_folder import Cell
from plugins.tables import messages, stock_levels, stock_movements, tasks

_FETCH = 1000
"""Rows held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days in UTC, both included; None is open."""

    first: date | None = None
    last: date | None = None

    def of(self, table: Table) -> ColumnElement[bool]:
        """Whether a row of `table` was created in it."""
        within: ColumnElement[bool] = true()
        if self.first:
            within &= table.c.created_at >= datetime.combine(self.first, time.min, UTC)
        if self.last:
            end = self.last + timedelta(days=1)
            within &= table.c.created_at < datetime.combine(end, time.min, UTC)
        return within


Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Content:
    """A kind of report: the header line and the query whose columns stand under it."""

    header: Sequence[str]
    query: Callable[[str, Period], Query]


def rows_of(
    connection: Connection, content: Content, tenant: str, period: Period
) -> Iterator[Sequence[Cell]]:
    """The report's lines as one snapshot, fetched as they are taken."""
    found = connection.execute(
        content.query(tenant, period), execution_options={"yield_per": _FETCH}
    )
    return ([_cell(value) for value in row] for row in found)


def _tasks(tenant: str, period: Period) -> Query:
    return (
        select(
            tasks.c.id,
            tasks.c.created_at,
            tasks.c.title,
            tasks.c.description,
            tasks.c.priority,
            tasks.c.assignee,
            tasks.c.due_on,
            tasks.c.labels,
            tasks.c.status,
        )
        .where(tasks.c.tenant_id == tenant, period.of(tasks))
        .order_by(tasks.c.id)
    )


def _messages(tenant: str, period: Period) -> Query:
    return (
        select(
            messages.c.id,
            messages.c.created_at,
            messages.c.kind,
            messages.c.title,
            messages.c.body,
            messages.c.recipients,
        )
        .where(messages.c.tenant_id == tenant, period.of(messages))
        .order_by(messages.c.id)
    )


def _stock(tenant: str, period: Period) -> Query:
    """Levels are of now; what came in and went out is of the period."""
    delta = stock_movements.c.delta
    moved = (
        select(
            stock_movements.c.sku,
            func.sum(delta).filter(delta > 0).label("came"),
            func.sum(-delta).filter(delta < 0).label("went"),
        )
        .where(stock_movements.c.tenant_id == tenant, period.of(stock_movements))
        .group_by(stock_movements.c.sku)
        .subquery()
    )
    return (
        select(
            stock_levels.c.sku,
            stock_levels.c.quantity,
            func.coalesce(moved.c.came, 0),
            func.coalesce(moved.c.went, 0),
        )
        .outerjoin_from(stock_levels, moved, moved.c.sku == stock_levels.c.sku)
        .where(stock_levels.c.tenant_id == tenant)
        .order_by(stock_levels.c.sku)
    )


CONTENTS = {
    "tareas": Content(
        [
            "id",
            "creada",
            "titulo",
            "descripcion",
            "prioridad",
            "asignado_a",
            "fecha_limite",
            "etiquetas",
            "estado",
        ],
        _tasks,
    ),
    "notificaciones": Content(
        ["id", "creada", "tipo", "titulo", "mensaje", "destinatarios"], _messages
    ),
    "inventario": Content(["sku", "existencias", "entradas", "salidas"], _stock),
}


def _cell(value: object) -> Cell:
    match value:
        case None:
            return ""
        case int() | str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case list():
            return "; ".join(str(item) for item in value)
    raise TypeError(f"no cell for {type(value).__name__}")
