"""`crm-query`: looks a customer up and changes nothing."""

from typing import TypedDict, cast

from sqlalchemy import Connection, bindparam, or_, select

from plugins.call import EVERYONE, Call
from plugins.tables import customers
from plugins.tool import Card, Result, Risk, Tool

_FIND = (
    select(customers)
    .where(
        customers.c.customer == bindparam("customer"),
        or_(customers.c.tenant_id == bindparam("tenant_id"), customers.c.tenant_id == EVERYONE),
    )
    .order_by(customers.c.tenant_id == EVERYONE)
    .limit(1)
)
"""The tenant's own row before the demonstration one."""


class Params(TypedDict):
    customer: str


class CrmQuery(Tool):
    card = Card(
        "crm-query",
        "1.0.0",
        Risk.LOW,
        "None: a customer's record is read.",
        read_only=True,
        permissions=("customers:read",),
    )

    def invoke(self, connection: Connection, call: Call) -> Result:
        """A customer nobody knows is an answer (`found: false`), not a refusal."""
        customer = cast(Params, call.params)["customer"]
        row = connection.execute(
            _FIND, {"customer": customer, "tenant_id": call.tenant_id}
        ).one_or_none()
        if row is None:
            return {"customer": customer, "found": False}
        return {
            "customer": customer,
            "found": True,
            "nombre": row.name,
            "segmento": row.segment,
            "ciudad": row.city,
            "estado": row.status,
            "cliente_desde": row.since.isoformat(),
        }
