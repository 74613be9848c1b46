"""A call that says things twice: in `function` and beside it, or under two names."""

import pytest
from pydantic import JsonValue

from processors.catalog import named
from processors.formats import Proposal, read_output
from processors.snapshot import Snapshot
from schemas.settings import PluginSpec

INNER: JsonValue = {"name": "pay", "arguments": {"to": "ann"}}


def told(call: JsonValue) -> list[tuple[str, float | None] | str]:
    return [
        (item.name, item.confidence) if isinstance(item, Proposal) else item.code
        for item in read_output({"actions": [call]})
    ]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ({"name": "crm-query", "function": INNER}, "action_type_ambiguous"),
        ({"action_type": "crm-query", "function": INNER}, "action_type_ambiguous"),
        ({"name": 5, "function": INNER}, "action_type_ambiguous"),
        ({"tool": 5, "function": INNER}, "action_type_missing"),
        ({"arguments": {"to": "eve"}, "function": INNER}, "parameters_ambiguous"),
        ({"parameters": {}, "function": INNER}, "parameters_ambiguous"),
        ({"args": {"x": 1}, "function": {"name": "pay", "args": {}}}, "parameters_ambiguous"),
        (
            {"args": {"x": 1}, "function": {"name": "pay", "args": {"x": True}}},
            "parameters_ambiguous",
        ),
        (
            {"not_before": "a", "function": {"name": "pay", "not_before": "b"}},
            "not_before_ambiguous",
        ),
        ({"name": "pay", "args": {"x": 1}, "input": {"x": True}}, "parameters_ambiguous"),
        ({"name": "pay", "args": {"x": 1}, "input": {"x": 1.0}}, "parameters_ambiguous"),
    ],
)
def test_two_that_differ_are_refused(call: JsonValue, code: str) -> None:
    assert told(call) == [code]


def test_two_that_are_equal_are_one() -> None:
    beside: JsonValue = {"name": "pay", "tool": "pay", "args": '{"to": "ann"}', "function": INNER}
    assert told(beside) == [("pay", 0.7)]
    assert told({"name": "pay", "function": {"arguments": {}}}) == [("pay", 0.7)]


@pytest.mark.parametrize(("outer", "inner"), [(0.1, 0.99), (0.99, 0.1)])
def test_of_two_confidences_the_lower_counts(outer: float, inner: float) -> None:
    call: JsonValue = {
        "name": "pay",
        "confidence": outer,
        "function": {"name": "pay", "confidence": inner, "arguments": {}},
    }
    assert told(call) == [("pay", 0.1)]


def test_an_unreadable_confidence_inside_gives_way_to_no_other() -> None:
    call: JsonValue = {"function": {"name": "pay", "confidence": "sure!", "arguments": {}}}
    [found] = read_output({"actions": [call], "confidence": 0.99})
    assert isinstance(found, Proposal)
    assert (found.confidence, found.confidence_assumed) == (0.7, True)


@pytest.mark.parametrize(
    "name", ["cr\u200bm", "crm\u202e", "\u0441rm", "crm\ufe0f", "ｃrm", "crm "]
)
def test_a_name_is_the_letters_it_is(name: str) -> None:
    """Not normalised, not stripped: what only looks like a tool's name matches none."""
    settings = Snapshot(plugins={"crm": PluginSpec(tool="crm", version="1.0.0", parameters={})})
    assert named(settings, "crm") is not None
    assert named(settings, name) is None
    call: JsonValue = {"name": name, "args": {}}
    outputs: list[JsonValue] = [{"actions": [call]}, call]
    for output in outputs:
        [found] = read_output(output)
        assert isinstance(found, Proposal)
        assert found.name == name


@pytest.mark.parametrize("odd", ["\u200b", "\u202e", "\ufe0f"])
def test_a_mark_with_an_invisible_letter_is_none(odd: str) -> None:
    assert read_output(f'<tool{odd}_call>{{"x": 1}}</tool_call>') == []
    found = read_output(f"<function=cr{odd}m>\n</function>")
    assert "crm" not in [item.name for item in found if isinstance(item, Proposal)]
