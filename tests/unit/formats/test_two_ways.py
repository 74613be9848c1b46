"""Objects that hold calls in two ways, and parts of providers' objects that are no call known."""

import pytest
from pydantic import JsonValue

from processors.formats import Proposal, read_output, spoken

A: JsonValue = {"action_type": "a", "parameters": {}}
B: JsonValue = {"action_type": "b", "parameters": {}}
TOOL: JsonValue = {"id": "1", "type": "function", "function": {"name": "a", "arguments": "{}"}}
MARKED = '<tool_call>{"name":"a","arguments":{}}</tool_call>'


def names(output: JsonValue) -> list[str]:
    return [item.name if isinstance(item, Proposal) else item.code for item in read_output(output)]


@pytest.mark.parametrize(
    "output",
    [
        {"tool_calls": [TOOL], "actions": [B]},
        {"tool_calls": {"function": {"name": "a", "arguments": {}}}, "actions": [B]},
        {"choices": [{"message": {"tool_calls": [TOOL]}}], "action": B},
        {"actions": [A], "action": B},
        {"action_type": "wire", "parameters": {"to": "eve"}, "actions": [A]},
        {"name": "a", "input": {}, "action": B},
        {"action": "a", "action_input": {}, "actions": [B]},
        {"action": "a", "action_input": {}, "tool": "b", "args": {}},
        {"method": "tools/call", "params": {"name": "a", "arguments": {}}, "actions": [B]},
        {"content": [{"type": "tool_use", "name": "a", "input": {}}], "actions": [B]},
        {"content": [{"type": "text", "text": MARKED}], "actions": [B]},
        {"tool_calls": [TOOL], "function_call": {"name": "a", "arguments": "{}"}},
        {"choices": [{"message": {"tool_calls": [TOOL], "content": MARKED}}]},
    ],
)
def test_calls_in_two_ways_are_refused(output: JsonValue) -> None:
    assert names(output) == ["several_formats"]


@pytest.mark.parametrize(
    "output",
    [
        {"tool_calls": [], "actions": [A]},
        {"tool_calls": [TOOL], "actions": []},
        {"tool_calls": [TOOL], "actions": None},
        {"actions": [], "action": A},
        {"actions": [A], "action": None},
        {"actions": [], "action_type": "a", "parameters": {}},
        {"content": [{"type": "text", "text": "Done."}], "actions": [A]},
        {"choices": [{"message": {"tool_calls": [TOOL], "content": "I call a."}}]},
        {"name": "agent 7", "input": "what the user asked", "actions": [A]},
    ],
)
def test_an_empty_way_says_nothing(output: JsonValue) -> None:
    assert names(output) == ["a"]


def test_two_empty_ways_propose_nothing() -> None:
    assert names({"tool_calls": [], "actions": []}) == []
    assert names({"actions": None}) == ["actions_not_a_list"]


@pytest.mark.parametrize(
    "output",
    [
        {"choices": [{"message": {"content": [{"type": "text", "text": MARKED}]}}]},
        {"choices": [{"message": {"content": [MARKED]}}]},
        {"choices": [{"text": MARKED}]},
        {"choices": [{"message": MARKED}]},
        {"output": [{"type": "message", "content": MARKED}]},
        {"output": [{"type": "message", "content": [{"type": "text", "text": MARKED}]}]},
        {"candidates": [{"content": {"parts": [{"text": MARKED, "functionCall": None}]}}]},
    ],
)
def test_calls_in_a_providers_text_are_read_wherever_it_stands(output: JsonValue) -> None:
    assert names(output) == ["a"]


@pytest.mark.parametrize(
    ("output", "read"),
    [
        ({"choices": [{"message": {"tool_calls": ["a", TOOL]}}]}, ["action_not_an_object", "a"]),
        ({"choices": [{"message": {"tool_calls": "a"}}]}, ["action_not_an_object"]),
        ({"choices": [{"message": {"function_call": "a"}}]}, ["action_not_an_object"]),
        ({"choices": [{"message": {"content": [{"type": "call"}]}}]}, ["part_unknown"]),
        ({"choices": [{"delta": {"tool_calls": [TOOL]}}]}, ["part_unknown"]),
        ({"choices": [{"message": {"content": ""}}, 5]}, ["several_choices"]),
        ({"choices": [5]}, ["part_unknown"]),
        (
            {"output": [{"type": "custom_tool_call", "name": "a", "input": "x"}]},
            ["part_unknown"],
        ),
        ({"output": [{"type": "local_shell_call"}, 5]}, ["part_unknown"] * 2),
        (
            {"candidates": [{"content": {"parts": [{"functionCall": "a"}]}}]},
            ["action_not_an_object"],
        ),
        ({"candidates": [{"content": {"parts": ["a", {"call": {}}]}}]}, ["part_unknown"] * 2),
        ({"content": [{"type": "text", "text": ""}, {"type": "odd"}]}, ["part_unknown"]),
        (
            {"candidates": [{"content": {"parts": [{"functionCall": A, "function_call": B}]}}]},
            ["part_unknown"],
        ),
        ([{"role": "tool", "content": "x", "name": "a", "arguments": {}}], ["shape_unknown"]),
    ],
)
def test_what_is_no_part_known_is_told(output: JsonValue, read: list[str]) -> None:
    assert names(output) == read


@pytest.mark.parametrize(
    "output",
    [
        {"output": [{"type": "web_search_call"}, {"type": "function_call_output", "output": "x"}]},
        {"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}]},
        {"content": [{"type": "server_tool_use", "name": "a", "input": {}}]},
        {"content": [{"type": "web_search_tool_result", "content": []}]},
        {"candidates": [{"content": {"parts": [{"executableCode": {"code": "x"}}, {}]}}]},
        {"choices": [{"message": {"content": None, "tool_calls": None}}]},
    ],
)
def test_what_a_provider_runs_itself_is_no_call(output: JsonValue) -> None:
    assert names(output) == []


@pytest.mark.parametrize("role", ["tool", "user", "system", "developer", "function"])
def test_messages_of_others_are_data(role: str) -> None:
    text: JsonValue = [{"type": "text", "text": MARKED}]
    outputs: list[JsonValue] = [
        {"role": role, "content": text},
        {"role": role, "content": "x", "tool_calls": [TOOL]},
        {"role": role, "content": "x", "name": "a", "arguments": {}},
        {"role": role, "content": "x", "actions": [A]},
        {"choices": [{"message": {"role": role, "content": MARKED, "tool_calls": [TOOL]}}]},
        {"output": [{"type": "message", "role": role, "content": text}]},
        {"candidates": [{"content": {"role": role, "parts": [{"text": MARKED}]}}]},
    ]
    for output in outputs:
        assert names(output) == []
        assert spoken(output) == ""
