"""`send_notification`: a row in `plugin_host.messages`, the tenant's inbox."""

from typing import Literal, NotRequired, TypedDict, cast

from pydantic import JsonValue
from sqlalchemy import Connection, insert

from plugins.call import Call
from plugins.tables import messages
from plugins.tool import Card, Result, Risk, Tool

_INSERT = insert(messages).returning(messages.c.id)


class Params(TypedDict):
    titulo: str
    mensaje: str
    tipo: NotRequired[Literal["info", "success", "warning", "error"]]
    destinatarios: NotRequired[list[str]]


class SendNotification(Tool):
    card = Card(
        "send_notification",
        "1.0.0",
        Risk.LOW,
        "A message lies in the tenant's inbox; what was read cannot be unread.",
        permissions=("notifications:send",),
        sensitive_parameters={"/destinatarios": "pii"},
    )

    def invoke(self, connection: Connection, call: Call) -> Result:
        params = cast(Params, call.params)
        kind = params.get("tipo", "info")
        recipients: list[JsonValue] = [*params.get("destinatarios", [])]
        message_id = connection.execute(
            _INSERT,
            {
                "tenant_id": call.tenant_id,
                "idempotency_key": call.key,
                "title": params["titulo"],
                "body": params["mensaje"],
                "kind": kind,
                "recipients": recipients,
            },
        ).scalar_one()
        return {
            "message_id": message_id,
            "titulo": params["titulo"],
            "tipo": kind,
            "destinatarios": recipients,
        }
