"""`update_inventory`: a stock movement and the level it leads to, never below zero."""

from typing import TypedDict, cast

from sqlalchemy import BigInteger, Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from plugins.call import Call
from plugins.tables import stock_levels, stock_movements
from plugins.tool import Card, Refused, Result, Risk, Tool

_delta = bindparam("delta", type_=BigInteger)
_this_level = (stock_levels.c.tenant_id == bindparam("tenant")) & (
    stock_levels.c.sku == bindparam("item")
)
_TAKE = (
    update(stock_levels)
    .where(_this_level, stock_levels.c.quantity + _delta >= 0)
    .values(quantity=stock_levels.c.quantity + _delta, updated_at=func.now())
    .returning(stock_levels.c.quantity)
)
"""Waits for the row's lock and looks at the level again then: two takers cannot both see
the last unit."""
_new_level = upsert(stock_levels).values(
    tenant_id=bindparam("tenant"), sku=bindparam("item"), quantity=_delta
)
_PUT = _new_level.on_conflict_do_update(
    index_elements=[stock_levels.c.tenant_id, stock_levels.c.sku],
    set_={
        "quantity": stock_levels.c.quantity + _new_level.excluded.quantity,
        "updated_at": func.now(),
    },
).returning(stock_levels.c.quantity)
_LEVEL = select(stock_levels.c.quantity).where(_this_level)
_MOVEMENT = insert(stock_movements).returning(stock_movements.c.id)


class Params(TypedDict):
    sku: str
    cantidad: int
    motivo: str


class UpdateInventory(Tool):
    card = Card(
        "update_inventory",
        "1.0.0",
        Risk.HIGH,
        "A stock movement is on record and the stock level of the SKU has moved by it.",
        permissions=("inventory:adjust",),
    )

    def invoke(self, connection: Connection, call: Call) -> Result:
        params = cast(Params, call.params)
        sku = params["sku"]
        delta = int(params["cantidad"])  # JSON Schema counts 5.0 as an integer
        level = _moved(connection, call.tenant_id, sku, delta)
        movement_id = connection.execute(
            _MOVEMENT,
            {
                "tenant_id": call.tenant_id,
                "idempotency_key": call.key,
                "sku": sku,
                "delta": delta,
                "level_after": level,
                "reason": params["motivo"],
            },
        ).scalar_one()
        return {
            "movement_id": movement_id,
            "sku": sku,
            "cantidad": delta,
            "existencias": level,
        }


def _moved(connection: Connection, tenant: str, sku: str, delta: int) -> int:
    """The new level, its row locked by this transaction.

    Raises:
        Refused: it would be below zero.
    """
    this = {"tenant": tenant, "item": sku, "delta": delta}
    level: int | None = connection.execute(_PUT if delta > 0 else _TAKE, this).scalar_one_or_none()
    if level is not None:
        return level
    there = connection.execute(_LEVEL, {"tenant": tenant, "item": sku}).scalar_one_or_none() or 0
    raise Refused(
        "insufficient_stock",
        f"There are {there} of {sku}; taking {-delta} would leave less than none.",
        {"sku": sku, "existencias": there, "cantidad": delta},
    )
