"""What an action takes of a budget: exact, and over it where nobody can tell."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from processors.impact.amounts import amount, exact
from processors.limits import over
from processors.limits.costs import thousandths
from schemas.limits import MOST_OF_A_BUDGET
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel
from tests.unit.limits.making import (
    ASKING,
    DEFINITION,
    PLUGIN,
    TYPE,
    asked,
    with_params,
    with_tenant,
)

BUDGETS = {"money": MOST_OF_A_BUDGET, "recipients": 1000, "units": MOST_OF_A_BUDGET}
LIMITED = with_tenant(ASKING, budgets={TYPE: BUDGETS})


def money(*amounts: JsonValue) -> int | None:
    lines: list[JsonValue] = [{"amount": one} for one in amounts]
    [demand] = asked(with_params(LIMITED, lines=lines), "budget_money_day")
    return demand.share.amount


def recipients(to: JsonValue) -> int | None:
    [demand] = asked(with_params(LIMITED, to=to), "budget_recipients_day")
    return demand.share.amount


@pytest.mark.parametrize(
    ("amounts", "cost"),
    [
        ((1,), 1_000),
        ((0,), 0),
        ((0.1, 0.2), 300),
        ((0.1,) * 10, 1_000),
        (("1.000,50 €", "$1,234.56"), 2_235_060),
        ((-5, 5), 10_000),
        (("-5",), 5_000),
        ((0.0001,), 1),
        (("1e-9999",), 1),
        ((MOST_OF_A_BUDGET,), 10**15),
    ],
)
def test_money_is_added_up_exactly_without_signs_and_rounded_up(
    amounts: tuple[JsonValue, ...], cost: int
) -> None:
    assert money(*amounts) == cost


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "a lot",
        "NaN",
        float("nan"),
        float("inf"),
        [1],
        {"n": 1},
        "9" * 65,
        MOST_OF_A_BUDGET + 1,
        -(10**13),
        pytest.param(10**5000, id="5000 digits"),
        "1e9999",
        1e300,
        "1e13",
    ],
)
def test_what_cannot_be_read_has_no_cost_and_is_over_any_budget(value: JsonValue) -> None:
    assert money(value) is None
    assert money(1, value) is None
    demand = asked(with_params(LIMITED, lines=[{"amount": value}]), "budget_money_day")
    [reason] = over(demand, {})
    assert "cannot be told" in reason.text


@pytest.mark.parametrize("lines", [[], [{}], None])
def test_nothing_given_is_nothing_known(lines: JsonValue) -> None:
    demand = asked(with_params(LIMITED, lines=lines), "budget_money_day")
    assert [reason.code for reason in over(demand, {})] == ["budget_money_day"]


@pytest.mark.parametrize(
    ("to", "cost"),
    [
        ("ana@x.es", 1),
        ("ana@x.es, eva@x.es; 7", 3),
        (["ana", ["eva", "luis"]], 3),
        ([], None),
        ("", None),
        ("*", None),
        ("@channel", None),
        (["ana", "todos"], None),
        (["ana", "anyone"], None),
        ("ana, todos", None),
        (None, None),
    ],
)
def test_recipients_are_counted_unless_they_are_everybody_or_nobody(
    to: JsonValue, cost: int | None
) -> None:
    assert recipients(to) == cost


def test_a_type_with_a_budget_of_its_own_must_declare_where_its_cost_is() -> None:
    undeclared = replace(LIMITED, definition=DEFINITION.model_copy(update={"magnitudes": []}))
    assert [d.share.amount for d in asked(undeclared, "budget_money_day")] == [None]
    nowhere = replace(LIMITED, definition=None, plugin=None)
    assert [d.share.amount for d in asked(nowhere, "budget_units_day")] == [None]


def test_a_budget_for_all_types_leaves_those_alone_that_move_nothing() -> None:
    undeclared = replace(ASKING, definition=DEFINITION.model_copy(update={"magnitudes": []}))
    assert asked(with_tenant(undeclared, budgets={"*": BUDGETS}), "budget_money_day") == []
    both = with_tenant(ASKING, budgets={"*": {"money": 20}, TYPE: {"money": 10}})
    found = asked(both, "budget_money_day")
    assert [(d.scope, d.share.most) for d in found] == [
        ("budget:money:day", 20_000),
        (f"budget:money:{TYPE}:day", 10_000),
    ]


def test_a_place_declared_by_definition_and_plugin_counts_once_another_one_too() -> None:
    def declared(pointer: str) -> Any:
        one = Magnitude(kind=MagnitudeKind.AMOUNT, pointer=pointer, levels={RiskLevel.CRITICAL: 2})
        return replace(LIMITED, plugin=PLUGIN.model_copy(update={"magnitudes": [one]}))

    assert asked(declared("/lines/*/amount"), "budget_money_day")[0].share.amount == 10_500
    fee = with_params(declared("/fee"), fee=2)
    assert asked(fee, "budget_money_day")[0].share.amount == 12_500


NUMBERS = st.one_of(
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False),
    st.decimals(-(10**14), 10**14, places=4).map(str),
    st.text(max_size=12),
)


@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_no_parameters_make_a_budget_grow_or_overflow_a_bigint(values: list[JsonValue]) -> None:
    cost = money(*values)
    assert cost is None or 0 <= cost <= MOST_OF_A_BUDGET * 1000 < 2**63


@given(NUMBERS)
def test_the_exact_reading_is_the_one_that_risk_is_told_from(value: JsonValue) -> None:
    read = exact(value)
    assert amount(value) == (float("inf") if read is None else float(read))


@given(st.decimals(0, 10**12, places=3))
def test_thousandths_lose_nothing(size: Decimal) -> None:
    assert thousandths(size) == int(size * 1000)
