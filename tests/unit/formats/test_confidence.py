"""What a model says about how sure it is, and what is assumed where it says nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from processors.formats import Proposal, read_output
from processors.formats.confidence import MOST_REPAIRED, read_confidence

READ: list[tuple[JsonValue, float | None]] = [
    *((0, 0.0), (0.5, 0.5), (1, 1.0), (-1, 0.0), (-0.2, 0.0)),
    *((1.05, 1.0), (1.1, 1.0), (10, 0.1), (12.5, 0.125), (85, 0.85), (100, 1.0)),
    *((1.11, None), (1.2, None), (2, None), (2.5, None), (9.99, None), (101, None), (1e308, None)),
    *(
        (10**400, None),
        (-(10**400), 0.0),
        (-1e308, 0.0),
        ("2", None),
        ("1.5", None),
        ("1e308", None),
    ),
    *((True, None), (False, None), (None, None)),
    ([0.9], None),
    ({"value": 0.9}, None),
    *((math.nan, None), (math.inf, None), (-math.inf, None)),
    *(("0.85", 0.85), ("0,85", 0.85), ("85", 0.85), (" 0.5 ", 0.5), ("1e-1", 0.1), ("-3", 0.0)),
    *(("85%", 0.85), ("85 %", 0.85), (" 85 percent", 0.85), ("99,5 %", 0.995), ("1%", 0.01)),
    *(
        ("105%", 1.0),
        ("250%", None),
        ("-5%", 0.0),
        ("2%", 0.02),
        ("85 por ciento", 0.85),
        ("85 Prozent", 0.85),
    ),
    *(("very high", 0.95), ("High", 0.85), ("MEDIUM", 0.6), ("moderate", 0.6)),
    *(("low", 0.3), (" very  low ", 0.1), ("muy alta", 0.95), ("alta", 0.85), ("alto", 0.85)),
    *(("media", 0.6), ("medio", 0.6), ("baja", 0.3), ("bajo", 0.3), ("muy baja", 0.1)),
    *(("hoch", 0.85), ("mittel", 0.6), ("niedrig", 0.3)),
    *(("", None), ("not high", None), ("0.8 or 0.9", None), ("85/100", None), ("nan", None)),
    *(("infinity", None), ("1" * 100, None), ("٠.٩", None), ("0x1", None), ("1_0", None)),
]


@pytest.mark.parametrize(("given", "read"), READ)
def test_what_is_written_becomes_a_number_from_0_to_1(given: JsonValue, read: float | None) -> None:
    assert read_confidence(given) == (read if read is None else pytest.approx(read))


@given(st.floats() | st.integers() | st.text(max_size=20) | st.from_regex(r"[0-9.,e%+-]{1,12}"))
def test_it_is_never_outside(value: JsonValue) -> None:
    read = read_confidence(value)
    assert read is None or 0 <= read <= 1


@given(st.floats(min_value=0, max_value=1e308) | st.integers(0, 10**30))
def test_doubt_never_makes_a_model_surer_than_it_said(value: float) -> None:
    read = read_confidence(value)
    assert read is None or read <= value


def only(output: JsonValue) -> tuple[float | None, bool]:
    [proposal] = read_output(output)
    assert isinstance(proposal, Proposal)
    return proposal.confidence, proposal.confidence_assumed


def action(**fields: JsonValue) -> dict[str, JsonValue]:
    return {"action_type": "pay", "parameters": {}, **fields}


def test_an_action_speaks_for_itself_first() -> None:
    assert only({"actions": [action(confidence="85%")], "confidence": 0.2}) == (0.85, False)
    assert only({"actions": [action(confidence_score=0.4)]}) == (0.4, False)
    assert only({"actions": [action()], "confidence": 0.2}) == (0.2, False)
    assert only({"action": action(), "confidence": "high"}) == (0.85, False)


def test_of_two_that_differ_the_lower_counts() -> None:
    assert only({"actions": [action(confidence=0.9, confidence_score=0.3)]}) == (0.3, False)


def test_what_cannot_be_read_gives_way_to_no_other() -> None:
    assert only({"actions": [action(confidence="sure!")], "confidence": 0.99}) == (0.7, True)


@pytest.mark.parametrize("given", [2, "2", 9, 1e308, 150])
def test_a_scale_nobody_knows_is_not_given(given: JsonValue) -> None:
    """Such an action never runs by itself: its confidence is assumed."""
    assert only({"actions": [action(confidence=given)], "confidence": 0.99}) == (0.7, True)


def test_a_score_is_no_confidence() -> None:
    assert only({"actions": [action(score=0.99)]}) == (0.7, True)


CALL = '{"name": "pay", "arguments": {}}'


@pytest.mark.parametrize(
    ("output", "confidence"),
    [
        ({"tool_calls": [{"function": {"name": "pay", "arguments": "{}"}}]}, 0.7),
        ({"content": [{"type": "tool_use", "name": "pay", "input": {}}]}, 0.7),
        (CALL, 0.7),
        (f"<tool_call>{CALL}</tool_call>", 0.6),
        ("<function=pay>\n</function>", 0.6),
        ("[pay(amount=3)]", 0.6),
        ("Action: pay\nAction Input: {}", 0.6),
        (f"I pay: {CALL}", 0.5),
        (f"```json\n{CALL}\n```", 0.5),
        ("{'name': 'pay', 'arguments': {}}", MOST_REPAIRED),
    ],
)
def test_where_nothing_is_said_the_format_decides(output: JsonValue, confidence: float) -> None:
    """The demo's tenants let actions run from 0.8 on, the shipped settings from 0.9 on."""
    assert only(output) == (confidence, True)
    assert confidence < 0.8
