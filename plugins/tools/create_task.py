"""`create_task`: a row in `plugin_host.tasks`."""

from datetime import date
from typing import Literal, NotRequired, TypedDict, cast

from sqlalchemy import Connection, insert

from plugins.call import Call
from plugins.tables import tasks
from plugins.tool import Card, Result, Risk, Tool

_INSERT = insert(tasks).returning(tasks.c.id)


class Params(TypedDict):
    titulo: str
    descripcion: str
    prioridad: NotRequired[Literal["baja", "media", "alta", "urgente"]]
    asignado_a: NotRequired[str]
    fecha_limite: NotRequired[str]
    etiquetas: NotRequired[list[str]]


class CreateTask(Tool):
    card = Card(
        "create_task",
        "1.0.0",
        Risk.LOW,
        "A task exists in the tenant's task list.",
        permissions=("tasks:create",),
        sensitive_parameters={"/asignado_a": "pii"},
    )

    def invoke(self, connection: Connection, call: Call) -> Result:
        params = cast(Params, call.params)
        priority = params.get("prioridad", "media")
        due = params.get("fecha_limite")
        task_id = connection.execute(
            _INSERT,
            {
                "tenant_id": call.tenant_id,
                "idempotency_key": call.key,
                "title": params["titulo"],
                "description": params["descripcion"],
                "priority": priority,
                "assignee": params.get("asignado_a"),
                "due_on": date.fromisoformat(due) if due else None,
                "labels": params.get("etiquetas", []),
            },
        ).scalar_one()
        return {
            "task_id": task_id,
            "titulo": params["titulo"],
            "prioridad": priority,
            "estado": "abierta",
        }
