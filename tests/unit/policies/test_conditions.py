"""What a condition may be, and what it gives; nothing in it raises or runs for long."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from processors.policies.inputs import MOST_BYTES, activation_of
from processors.policies.language import ConditionProblem, evaluate, read_condition, variables_of
from processors.policies.parts import pieces
from processors.policies.variables import VARIABLES, Origin
from schemas.events import UserContext
from tests.unit.policies.make import (
    ALLOW,
    DENY,
    DRAFTED,
    case,
    decided,
    pack,
    problems,
    proposing,
    rule,
)


def gives(when: str, **params: Any) -> bool | str:
    expression = read_condition(when, allows=False)
    assert not isinstance(expression, ConditionProblem), expression
    return evaluate(expression, activation_of(proposing(**params)))


@pytest.mark.parametrize("name", VARIABLES)
def test_every_variable_is_there(name: str) -> None:
    about = case(DRAFTED, history={"first_time": True})
    expression = read_condition(f"dyn({name}) == dyn({name})", allows=False)
    assert not isinstance(expression, ConditionProblem)
    assert evaluate(expression, activation_of(about)) is True


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("true &&", "1:8: Syntax error"),
        ("true\n&& foo", "2:4: undeclared reference to 'foo'"),
        ("action.tpye == 'x'", "undeclared reference to 'action.tpye'"),
        ("impact.score == 'high'", "no matching overload"),
        ("impact.score", "gives INT, not true or false"),
        ("action.type", "gives STRING, not true or false"),
        ("has(action.repaired)", "1:1: `action.repaired` is always there"),
        ("true &&\n !has( user.id )", "2:3: `user.id` is always there"),
        ("params.a" + " + params.a" * 9 + " == 1", "more than 8 additions"),
        ("(" * 100 + "true" + ")" * 100, "recursion limit"),
        ("[" * 100 + "true" + "]" * 100, "recursion"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(when: str, text: str) -> None:
    (problem,) = problems(rule("r", when, DENY))
    assert text in problem
    assert "[INVALID_ARGUMENT]" not in problem


def test_a_condition_has_at_most_2000_characters() -> None:
    rule("r", " " * 1_996 + "true", DENY)
    with pytest.raises(ValidationError):
        rule("r", " " * 1_997 + "true", DENY)


def test_signs_in_quotes_and_comments_are_no_signs() -> None:
    assert problems(rule("r", "params.a == '+++++++++++' // +++++++ has(user.id)", DENY)) == []


@pytest.mark.parametrize("name", [n for n, (_, o) in VARIABLES.items() if o is Origin.UPSTREAM])
def test_what_upstream_says_only_tightens(name: str) -> None:
    when = f"dyn({name}) == dyn({name})"
    assert problems(rule("r", when, DENY)) == []
    (problem,) = problems(rule("r", when, ALLOW))
    assert "cannot look at what upstream says" in problem


def test_half_a_surrogate_pair_is_refused() -> None:
    assert problems(rule("r", "true", DENY, description="\ud800")) == [
        "a text holds half a surrogate pair"
    ]


def test_two_rules_of_one_name_and_an_unreadable_pack_name() -> None:
    same = rule("r", "true", DENY)
    assert problems(same, same) == ["rules.1.name: two rules are named `r`"]
    assert "a pack's name" in problems(same, name="Mi pack")[0]


@pytest.mark.parametrize(
    ("when", "params", "result"),
    [
        ("params.a > 1", {"a": 2}, True),
        ("params.a > 1.5", {"a": 2}, True),
        ("params.a == 2.0", {"a": 2}, True),
        ("params.a", {"a": True}, True),
        ("has(params.a) && params.a > 1", {}, False),
        ("has(params.a.b)", {"a": {"b": None}}, True),
        ("params.a == null", {"a": None}, True),
        ("'x' in params.a", {"a": ["x"]}, True),
        ("params['á b'] == 'ñ'", {"á b": "ñ"}, True),
        ("now.getHours('Europe/Madrid') == 13", {}, True),
        ("param_names == ['a', 'bc', 'd']", {"a": [{"bC": {"D": "x"}}]}, True),
        ("user.id == '' && user.roles == []", {}, True),
    ],
)
def test_what_conditions_give(when: str, params: dict[str, Any], result: bool) -> None:
    assert gives(when, **params) is result


@pytest.mark.parametrize(
    ("when", "params"),
    [
        ("params.a > 1", {}),
        ("params.a > 1", {"a": None}),
        ("params.a > 1", {"a": "2"}),
        ("params.a > 1", {"a": float("nan")}),
        ("params.a < 1", {"a": float("-inf")}),
        ("params.a", {"a": 1}),
        ("params.a", {"a": "true"}),
        ("params.a == 1", {"a": 2**70}),
        ("params.a == 'x'", {"a": "\ud800"}),
        ("params.a == 'x'", {"a": "x" * MOST_BYTES}),
        ("size(params) == 0", {"a": "x" * MOST_BYTES}),
        ("param_names == []", {"a": "x" * MOST_BYTES}),
        ("params.a.matches('(')", {"a": "x"}),
        ("1 / params.a == 1", {"a": 0}),
        ("now.getHours(params.a) == 1", {"a": "Nowhere/Land"}),
    ],
)
def test_what_cannot_be_computed_is_a_text(when: str, params: dict[str, Any]) -> None:
    result = gives(when, **params)
    assert isinstance(result, str)
    assert result
    assert "\n" not in result


def test_loops_have_one_budget() -> None:
    loops = "params.n.all(a, params.n.all(b, params.n.all(c, a >= 0)))"
    started = time.monotonic()
    assert gives(loops, n=list(range(100))) == "Iteration budget exceeded"
    assert time.monotonic() - started < 1


def test_doubling_is_bounded() -> None:
    text = "[params.s]" + ".map(a, a + a)" * 8 + " != []"
    assert gives(text, s="x" * 60_000) is True


words = st.sampled_from(
    [
        "params.a",
        "action.type",
        "has(",
        ")",
        "(",
        "[",
        "]",
        "{",
        "}",
        "&&",
        "||",
        "!",
        "==",
        "<",
        "+",
        "-",
        "?",
        ":",
        ",",
        "'x'",
        '"y"',
        "1",
        "1.5",
        "null",
        "true",
        "in",
        ".exists(x,",
        ".map(x,",
        ".size()",
        ".matches(",
        "//",
        "\n",
        "b'z'",
        "r'\\'",
        "labels",
        "now",
        "x",
        "\x00",
        "ñ",
        "💥",
    ]
)


@given(st.lists(words, max_size=12).map("".join) | st.text(max_size=40))
def test_any_text_is_a_condition_or_a_problem(when: str) -> None:
    found = read_condition(when, allows=True)
    if isinstance(found, ConditionProblem):
        assert found.text
        assert min(found.line, found.column) >= 1
    else:
        assert isinstance(evaluate(found, activation_of(case())), bool | str)
        assert pieces(when) is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=10,
)
CONDITIONS = pack(
    *(
        rule(f"r{i}", when, DENY)
        for i, when in enumerate(
            [
                "params.a > 1",
                "params.a.b.c == 'x'",
                "params.exists(k, k == 'a')",
                "params.a.exists(x, x > 1)",
                "params.a.matches('^a+$')",
                "size(params.a) > 1",
                "params.a in params.b",
                "context.a == params.a",
            ]
        )
    )
)


@given(st.dictionaries(st.sampled_from("ab"), json_values))
def test_no_action_makes_a_condition_raise(params: dict[str, Any]) -> None:
    about = case(
        DRAFTED.model_copy(
            update={"params": params, "context": params, "user_ctx": UserContext(user_id="u")}
        )
    )
    values = activation_of(about)
    for compiled in CONDITIONS.rules:
        assert isinstance(evaluate(compiled.expression, values), bool | str)


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_that_a_condition_looks_at_is_given_to_it(name: str) -> None:
    assert name in variables_of(f"{name} == {name}")


@pytest.mark.parametrize(
    "when",
    [
        "action . type == 'pay'",
        "action // of which type\n .type == 'pay'",
        "labels.exists(now, now == 'x') && impact\n.score > 1",
    ],
)
def test_a_name_written_oddly_is_given_too(when: str) -> None:
    assert not isinstance(read_condition(when, allows=False), ConditionProblem)
    assert variables_of(when) == frozenset(VARIABLES)


def test_no_variable_is_part_of_another() -> None:
    """Else a condition without one of them could compile, and mean the other."""
    assert not [(a, b) for a in VARIABLES for b in VARIABLES if b.startswith(f"{a}.")]


def test_a_rule_is_decided_alike_whatever_other_rules_look_at() -> None:
    everything = [rule(f"all{i}", f"{name} != {name}", DENY) for i, name in enumerate(VARIABLES)]
    for when in ("has(params.a) && params.a > 1", "'a' in param_names", "params.b == 1"):
        alone = decided(rule("r", when, DENY), about=proposing(a=2))
        beside = decided(rule("r", when, DENY), *everything, about=proposing(a=2))
        assert alone.matched[:1] == beside.matched[:1] != ()
