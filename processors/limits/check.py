"""Whether what an action asks for fits, by the running counts of its windows."""

from collections.abc import Iterable, Mapping

from processors.limits.demand import Demand, Kind
from schemas.events import JsonObject, Reason

Counters = Mapping[str, int]
"""By scope, how much of the action's windows is taken, this one not counted; absent: nothing."""


def over(demands: Iterable[Demand], used: Counters) -> list[Reason]:
    """Why it does not fit, a reason for each window without room for it; empty: it does."""
    return [
        Reason(code=kind.code, text=_text(demand, used.get(key[1], 0)))
        for demand in demands
        for kind, key, share in (demand,)
        if share.amount is None or used.get(key[1], 0) + share.amount > share.most
    ]


def as_told(demands: Iterable[Demand], used: Counters) -> JsonObject:
    """By scope, what was taken before, what there is and what this one asks for; `asked` is null
    where nobody can tell."""
    told: JsonObject = {}
    for kind, key, share in demands:
        window: JsonObject = {
            "used": used.get(key[1], 0),
            "max": share.most,
            "asked": share.amount,
        }
        if kind.unit != 1:
            window["unit"] = kind.unit
        told[key[1]] = window
    return told


def _text(demand: Demand, used: int) -> str:
    kind, _, share = demand
    if share.amount is None:
        return (
            f"{share.of}: how many {kind.what} it takes of this {kind.period}'s budget "
            "cannot be told"
        )
    return (
        f"{share.of}: {_figure(used, kind)} of {_figure(share.most, kind)} {kind.what} "
        f"this {kind.period} are taken, and it needs {_figure(share.amount, kind)}"
    )


def _figure(amount: int, kind: Kind) -> str:
    whole, part = divmod(amount, kind.unit)
    return f"{whole}.{part:03d}".rstrip("0") if part else str(whole)
