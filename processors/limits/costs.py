"""How much one action takes of a budget, in whole numbers: budgets are counted, never estimated.

Money and stock are counted in thousandths of a unit, rounded up; recipients in ones. What is not
given, not to be read, or beyond any budget has no cost: that is over the budget, whatever it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from enum import StrEnum
from functools import lru_cache

from pydantic import JsonValue

from processors.impact.amounts import exact
from processors.impact.parties import named
from processors.impact.words import limits_nothing, names_everybody
from processors.pointers import values_at
from schemas.events import JsonObject
from schemas.limits import MOST_OF_A_BUDGET, DayBudget
from schemas.magnitudes import MagnitudeKind
from schemas.settings import ActionDefinition, PluginSpec

THOUSANDTHS = 1000
_EXACT = Context(prec=128, rounding=ROUND_CEILING)
"""More digits than any amount that is read and within a budget's bounds."""


class Budgeted(StrEnum):
    MONEY = "money"
    RECIPIENTS = "recipients"
    UNITS = "units"


def thousandths(size: Decimal) -> int | None:
    """Without its sign, rounded up; None beyond what a budget may be."""
    if not -MOST_OF_A_BUDGET <= size <= MOST_OF_A_BUDGET:
        return None
    scaled = _EXACT.scaleb(size.copy_abs(), 3)
    return int(scaled.to_integral_value(ROUND_CEILING, _EXACT))


def _sum(values: list[JsonValue]) -> int | None:
    total = 0
    for value in values:
        read = exact(value)
        counted = None if read is None else thousandths(read)
        if counted is None:
            return None
        total += counted
    return total if total <= MOST_OF_A_BUDGET * THOUSANDTHS else None


def _recipients(values: list[JsonValue]) -> int | None:
    """None where it names everybody, or nobody."""
    parties = named(values)
    if any(map(limits_nothing, values)) or any(map(names_everybody, parties)):
        return None
    return len(parties) or None


@lru_cache(4096)
def _in_thousandths(size: Decimal | None) -> int | None:
    return None if size is None else thousandths(size)


@dataclass(frozen=True, slots=True)
class Counting:
    """How a budget is kept."""

    magnitude: MagnitudeKind
    unit: int
    """How many make a whole one."""
    measure: Callable[[list[JsonValue]], int | None]
    most: Callable[[DayBudget], int | None]


COUNTINGS: dict[Budgeted, Counting] = {
    Budgeted.MONEY: Counting(
        MagnitudeKind.AMOUNT, THOUSANDTHS, _sum, lambda b: _in_thousandths(b.money)
    ),
    Budgeted.RECIPIENTS: Counting(MagnitudeKind.RECIPIENTS, 1, _recipients, lambda b: b.recipients),
    Budgeted.UNITS: Counting(
        MagnitudeKind.QUANTITY, THOUSANDTHS, _sum, lambda b: _in_thousandths(b.units)
    ),
}


def pointers(
    of: Budgeted, definition: ActionDefinition | None, plugin: PluginSpec | None
) -> list[str]:
    """Where the parameters tell it, as definition and plugin declare, each place once."""
    kind = COUNTINGS[of].magnitude
    declared = [
        *(definition.magnitudes if definition else ()),
        *(plugin.magnitudes if plugin else ()),
    ]
    return list(dict.fromkeys(one.pointer for one in declared if one.kind is kind))


def cost(of: Budgeted, params: JsonObject, places: list[str]) -> int | None:
    """What the parameters say in all these places together; None: nobody can tell."""
    values = [value for place in places for value in values_at(params, place)]
    return COUNTINGS[of].measure(values) if values else None
