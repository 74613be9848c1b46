"""`generate_report`: a CSV file of the tenant's tasks, messages or stock.

The row goes in first and the file is published last before the commit: the longer an
effect outside the database exists without its row, the more crashes fall in between.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, NotRequired, TypedDict, cast

from sqlalchemy import Connection, insert

from plugins.call import Call
from plugins.report_queries import CONTENTS, Period, rows_of
from plugins.reports_folder import Cell, ReportsFolder
from plugins.tables import reports
from plugins.tool import Card, Refused, Result, Risk, Tool

_INSERT = insert(reports).returning(reports.c.id)
_MOST_ROWS = 100_000


class PeriodParams(TypedDict):
    desde: str
    hasta: str


class Params(TypedDict):
    tipo: Literal["tareas", "notificaciones", "inventario"]
    titulo: str
    periodo: NotRequired[PeriodParams]


class GenerateReport(Tool):
    card = Card(
        "generate_report",
        "1.0.0",
        Risk.LOW,
        "A CSV file lies in the reports folder.",
        permissions=("reports:create",),
    )

    def __init__(self, folder: ReportsFolder) -> None:
        super().__init__()
        self._folder = folder

    def invoke(self, connection: Connection, call: Call) -> Result:
        params = cast(Params, call.params)
        period = _period(params)
        content = CONTENTS[params["tipo"]]
        rows = _bounded(rows_of(connection, content, call.tenant_id, period))
        with self._folder.draft(call.key, content.header, rows) as draft:
            report_id = connection.execute(
                _INSERT,
                {
                    "tenant_id": call.tenant_id,
                    "idempotency_key": call.key,
                    "kind": params["tipo"],
                    "title": params["titulo"],
                    "from_day": period.first,
                    "to_day": period.last,
                    "file_name": draft.target.name,
                    "row_count": draft.rows,
                    "byte_count": draft.size,
                    "sha256": draft.sha256,
                },
            ).scalar_one()
            draft.publish()
        return {
            "report_id": report_id,
            "tipo": params["tipo"],
            "titulo": params["titulo"],
            "archivo": draft.target.name,
            "filas": draft.rows,
            "bytes": draft.size,
            "sha256": draft.sha256,
        }


def _period(params: Params) -> Period:
    given = params.get("periodo")
    if given is None:
        return Period()
    first, last = date.fromisoformat(given["desde"]), date.fromisoformat(given["hasta"])
    if last < first:
        raise Refused("period_reversed", "periodo.hasta is before periodo.desde.")
    return Period(first, last)


def _bounded(rows: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    for number, row in enumerate(rows):
        if number == _MOST_ROWS:
            raise Refused(
                "report_too_large", f"More than {_MOST_ROWS} rows: ask for a shorter periodo."
            )
        yield row
