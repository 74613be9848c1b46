"""Whether what an action asks for fits, by the running counts of its windows."""

from collections.abc import Iterable, Mapping

from processors.limits.demand import Demand
from schemas.events import JsonObject, Reason

Counters = Mapping[str, int]
"""By scope, how much of the action's windows is taken, this one not counted; absent: nothing."""


def over(demands: Iterable[Demand], used: Counters) -> list[Reason]:
    """Why it does not fit, a reason for each window without room for it; empty: it does."""
    return [
        Reason(code=demand.code, text=_text(demand, used.get(demand.scope, 0)))
        for demand in demands
        if demand.amount is None or used.get(demand.scope, 0) + demand.amount > demand.most
    ]


def as_told(demands: Iterable[Demand], used: Counters) -> JsonObject:
    """By scope, what was taken before, what there is and what this one asks for; `asked` is null
    where nobody can tell."""
    told: JsonObject = {}
    for demand in demands:
        window: JsonObject = {
            "used": used.get(demand.scope, 0),
            "max": demand.most,
            "asked": demand.amount,
        }
        if demand.unit != 1:
            window["unit"] = demand.unit
        told[demand.scope] = window
    return told


def _text(demand: Demand, used: int) -> str:
    if demand.amount is None:
        return (
            f"{demand.of}: how many {demand.what} it takes of this {demand.period}'s budget "
            "cannot be told"
        )
    return (
        f"{demand.of}: {_figure(used, demand)} of {_figure(demand.most, demand)} {demand.what} "
        f"this {demand.period} are taken, and it needs {_figure(demand.amount, demand)}"
    )


def _figure(amount: int, demand: Demand) -> str:
    whole, part = divmod(amount, demand.unit)
    return f"{whole}.{part:03d}".rstrip("0") if part else str(whole)
