"""Each window alone, the table they stand in, and the guide that shows it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from processors.limits import WINDOWS, Asking, as_told, demands, over, starts
from processors.limits.names import bounded, hashed
from schemas.settings import TenantSettings
from schemas.working import Window
from tests.stories import START
from tests.unit.limits.making import ASKING, PLUGIN, TYPE, asked, with_action, with_tenant

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "limits.md"
TRACE = str(ASKING.action.trace_id)


def limited(field: str, name: str, **limits: int) -> Asking:
    return with_tenant(ASKING, **{field: {name: limits}})


def budget(**fields: Any) -> Asking:
    return with_tenant(ASKING, budgets={TYPE: fields})


CASES: list[tuple[str, Asking, str, int, int]] = [
    ("limit_hour", ASKING, "tenant:hour", 1, 10),
    ("limit_day", ASKING, "tenant:day", 1, 50),
    ("type_limit_hour", limited("type_limits", TYPE, hour=2), f"type:{TYPE}:hour", 1, 2),
    ("type_limit_day", limited("type_limits", TYPE, day=3), f"type:{TYPE}:day", 1, 3),
    (
        "category_limit_hour",
        limited("category_limits", "payments", hour=4),
        "category:payments:hour",
        1,
        4,
    ),
    (
        "category_limit_day",
        limited("category_limits", "payments", day=5),
        "category:payments:day",
        1,
        5,
    ),
    ("plugin_limit_hour", limited("plugin_limits", "bank", hour=6), "plugin:bank:hour", 1, 6),
    ("plugin_limit_day", limited("plugin_limits", "bank", day=7), "plugin:bank:day", 1, 7),
    (
        "plugin_limit_minute",
        replace(ASKING, plugin=PLUGIN.model_copy(update={"max_calls_per_minute": 8})),
        "plugin:bank:minute",
        1,
        8,
    ),
    ("budget_money_day", budget(money="99.5"), f"budget:money:{TYPE}:day", 10_500, 99_500),
    ("budget_recipients_day", budget(recipients=9), f"budget:recipients:{TYPE}:day", 2, 9),
    ("budget_units_day", budget(units=9), f"budget:units:{TYPE}:day", 3_000, 9_000),
    (
        "budget_money_day",
        with_tenant(ASKING, budgets={"*": {"money": 9}}),
        "budget:money:day",
        10_500,
        9_000,
    ),
    ("trace_budget", ASKING, f"trace:{TRACE}:hour", 1, 10),
    (
        "session_budget",
        with_action(ASKING, context={"session_id": "s-1"}),
        "session:s-1:hour",
        1,
        30,
    ),
    ("agent_budget", with_action(ASKING, context={"agent_id": "A-1"}), "agent:a-1:hour", 1, 100),
    (
        "resource_repeated",
        replace(ASKING, resources=["inventory:SKU-17"]),
        f"resource:{hashed('inventory:sku-17')}:hour",
        1,
        10,
    ),
]
"""(reason, what asks for it, the window, how much, of how much)"""
ALWAYS = {"limit_hour", "limit_day", "trace_budget"}


@pytest.mark.parametrize(("code", "asking", "scope", "amount", "most"), CASES)
def test_what_each_window_counts(
    code: str, asking: Asking, scope: str, amount: int, most: int
) -> None:
    [demand] = asked(asking, code)
    assert (demand.scope, demand.share.amount, demand.share.most) == (scope, amount, most)
    assert {d.kind.code for d in demands(asking)} == ALWAYS | {code}


@pytest.mark.parametrize(("code", "asking", "scope", "amount", "most"), CASES)
def test_what_fits_to_the_last_place_runs_and_what_does_not_needs_a_person(
    code: str, asking: Asking, scope: str, amount: int, most: int
) -> None:
    [demand] = asked(asking, code)
    roomy = demand._replace(share=demand.share._replace(most=most + amount))
    assert over([roomy], {scope: most}) == []
    [reason] = over([roomy], {scope: most + 1})
    assert reason.code == code


def test_every_window_has_a_case() -> None:
    assert {kind.code for kind in WINDOWS} == {code for code, *_ in CASES}


def test_a_reason_tells_figures_a_person_can_read() -> None:
    demand = asked(budget(money="100.25"), "budget_money_day")
    [reason] = over(demand, {demand[0].scope: 95_000})
    assert reason.text == (f"type {TYPE}: 95 of 100.25 money this day are taken, and it needs 10.5")


def test_a_verdict_tells_every_window_asked_for() -> None:
    asking = budget(money=50)
    told = as_told(demands(asking), {"tenant:hour": 4})
    assert told["tenant:hour"] == {"used": 4, "max": 10, "asked": 1}
    assert told[f"budget:money:{TYPE}:day"] == {
        "used": 0,
        "max": 50_000,
        "asked": 10_500,
        "unit": 1000,
    }
    assert set(told) == {demand.scope for demand in demands(asking)}


@pytest.mark.parametrize(
    "fields",
    [
        {"type_limits": {"other": {"hour": 1}}},
        {"category_limits": {"other": {"hour": 1}}},
        {"plugin_limits": {"other": {"hour": 1}}},
        {"type_limits": {TYPE: {}}},
        {"budgets": {"other": {"money": 1}}},
        {"budgets": {TYPE: {}}},
    ],
)
def test_what_nobody_limits_has_no_window(fields: dict[str, Any]) -> None:
    assert {demand.kind.code for demand in demands(with_tenant(ASKING, **fields))} == ALWAYS


@pytest.mark.parametrize(
    "fields",
    [
        {"type_limits": {TYPE: {"huor": 1}}},
        {"type_limits": {TYPE: {"hour": -1}}},
        {"budgets": {TYPE: {"mony": 1}}},
        {"budgets": {TYPE: {"money": -1}}},
        {"budgets": {TYPE: {"money": "NaN"}}},
        {"budgets": {TYPE: {"money": 10**13}}},
        {"budgets": {TYPE: {"money": "0.0001"}}},
        {"max_actions_per_trace": -1},
    ],
)
def test_a_limit_that_would_not_hold_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TenantSettings.model_validate(fields)


def test_another_spelling_of_a_resource_is_the_same_resource() -> None:
    names = ["inventory:sku-17", "Inventory:SKU-17", "  inventory:ｓku-17 "]
    assert len(asked(replace(ASKING, resources=names), "resource_repeated")) == 1
    assert len(asked(replace(ASKING, resources=["a", "b"]), "resource_repeated")) == 2


@pytest.mark.parametrize("value", [7, True, ["a"], {"a": 1}, 1e400])
def test_an_agent_that_does_not_say_its_name_in_text_shares_one_window(value: Any) -> None:
    [demand] = asked(with_action(ASKING, context={"agent_id": value}), "agent_budget")
    [other] = asked(with_action(ASKING, context={"agent_id": [9]}), "agent_budget")
    assert demand.scope == other.scope


@given(st.text(), st.text())
def test_names_are_bounded_and_two_are_never_one(one: str, other: str) -> None:
    assert re.fullmatch(r"~[0-9a-f]{32}|[\w.:-]{1,48}", bounded(one), re.ASCII)
    assert (bounded(one) == bounded(other)) is (one == other)


@given(st.text(), st.text(), st.lists(st.text(), max_size=5), st.text())
def test_hostile_names_ask_for_no_window_twice_and_for_none_too_long(
    trace: str, agent: str, resources: list[str], action_type: str
) -> None:
    asking = with_action(
        replace(ASKING, resources=resources),
        trace_id=trace,
        action_type=action_type,
        context={"agent_id": agent},
    )
    asking = with_tenant(
        asking,
        type_limits={action_type: {"hour": 1, "day": 1}},
        budgets={action_type: {"money": 1}, "*": {"money": 1}},
    )
    scopes = [demand.scope for demand in demands(asking)]
    assert len(scopes) == len(set(scopes))
    assert all(len(scope) <= 80 for scope in scopes)


def test_windows_begin_where_the_clock_says_in_utc() -> None:
    now = datetime(2026, 3, 1, 1, 17, 59, 9, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert starts(now) == {
        Window.MINUTE: datetime(2026, 2, 28, 19, 47, tzinfo=UTC),
        Window.HOUR: datetime(2026, 2, 28, 19, tzinfo=UTC),
        Window.DAY: datetime(2026, 2, 28, tzinfo=UTC),
    }
    assert demands(replace(ASKING, now=START))[0].key[2] == START.replace(minute=0)


# --- the guide -----------------------------------------------------------------------------


def test_the_guide_shows_every_window_as_it_is() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in GUIDE.read_text().splitlines()
        if re.match(r"\| `\w+` \|", line)
    ]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        (f"`{kind.code}`", kind.what, kind.period.value) for kind in WINDOWS
    ]
    for kind, row in zip(WINDOWS, rows, strict=True):
        assert f"`{kind.setting}`" in row[4]
        default = TenantSettings.model_fields.get(kind.setting)
        shipped = default.default if default is not None else None
        assert row[5] == (str(shipped) if shipped else "none")
