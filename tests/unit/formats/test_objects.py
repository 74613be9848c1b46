"""Output that is JSON: near the documented shape, and as providers' APIs give it."""

import pytest
from pydantic import JsonValue

from processors.formats import Proposal, Unreadable, read_output

PARAMS: dict[str, JsonValue] = {"titulo": "Revisar", "veces": 2}
TEXT = '{"titulo": "Revisar", "veces": 2}'


def told(output: JsonValue) -> list[tuple[str, object]]:
    return [
        (item.name, item.params) if isinstance(item, Proposal) else (item.code, item.pointer)
        for item in read_output(output)
    ]


@pytest.mark.parametrize("name", ["action_type", "tool", "name", "function"])
@pytest.mark.parametrize("parameters", ["parameters", "params", "arguments", "args", "input"])
def test_names_near_the_documented_ones(name: str, parameters: str) -> None:
    call: JsonValue = {name: "create_task", parameters: PARAMS}
    listed: list[JsonValue] = [call]
    outputs: list[JsonValue] = [call, listed, {"action": call}, {"actions": call}]
    outputs.append({"actions": listed})
    for output in outputs:
        assert told(output) == [("create_task", PARAMS)]


@pytest.mark.parametrize(("given", "read"), [(TEXT, PARAMS), ("", {}), (None, {}), ({}, {})])
def test_parameters_may_be_json_text(given: JsonValue, read: JsonValue) -> None:
    assert told({"tool": "create_task", "arguments": given}) == [("create_task", read)]


@pytest.mark.parametrize(
    ("call", "code", "pointer"),
    [
        ({"tool": "a", "name": "b", "args": {}}, "action_type_ambiguous", "/actions/0"),
        ({"tool": "a", "args": {}, "input": {"x": 1}}, "parameters_ambiguous", "/actions/0"),
        ({"tool": "a", "args": "x"}, "parameters_not_an_object", "/actions/0/args"),
        ({"tool": "a", "args": "[1]"}, "parameters_not_an_object", "/actions/0/args"),
        ({"tool": 5, "args": {}}, "action_type_missing", "/actions/0/tool"),
        ({"function": {"arguments": {}}}, "action_type_missing", "/actions/0/action_type"),
    ],
)
def test_what_would_be_a_guess_is_refused(call: JsonValue, code: str, pointer: str) -> None:
    assert told({"actions": [call]}) == [(code, pointer)]


PROVIDERS: dict[str, JsonValue] = {
    "openai_chat": {
        "choices": [
            {
                "message": {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "1", "type": "function", "function": {"name": n, "arguments": TEXT}}
                        for n in ("one", "two")
                    ],
                }
            }
        ]
    },
    "openai_responses": {
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "function_call", "call_id": "1", "name": "one", "arguments": TEXT},
            {"type": "function_call", "call_id": "2", "name": "two", "arguments": TEXT},
        ]
    },
    "anthropic": {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "call zero?"},
            {"type": "text", "text": "I call both."},
            {"type": "tool_use", "id": "1", "name": "one", "input": PARAMS},
            {"type": "tool_use", "id": "2", "name": "two", "input": PARAMS},
        ],
    },
    "gemini": {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"text": "hm", "thought": True},
                        {"functionCall": {"name": "one", "args": PARAMS}},
                        {"functionCall": {"name": "two", "args": PARAMS}},
                    ]
                }
            }
        ]
    },
}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_parallel_calls_of_a_provider(provider: str) -> None:
    found = read_output(PROVIDERS[provider])
    assert told(PROVIDERS[provider]) == [("one", PARAMS), ("two", PARAMS)]
    assert {item.source for item in found if isinstance(item, Proposal)} == {provider}


def test_an_mcp_request() -> None:
    call: JsonValue = {"name": "one", "arguments": PARAMS}
    request: JsonValue = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    assert told(request) == [("one", PARAMS)]


@pytest.mark.parametrize(
    "answer",
    [
        {"choices": [{"message": {"content": "```json\n" + TEXT + "\n```"}}]},
        {"content": [{"type": "text", "text": "I could call create_task."}]},
        {"candidates": [{"content": {"parts": [{"text": "nothing to do"}]}}]},
        {"output": [{"type": "message", "content": [{"type": "output_text", "text": "no"}]}]},
        {"choices": []},
        {"choices": [{"message": "odd"}]},
    ],
)
def test_a_providers_answer_without_calls_proposes_nothing(answer: JsonValue) -> None:
    assert read_output(answer) == []


def test_calls_in_a_providers_text_are_read() -> None:
    text = f'<tool_call>{{"name": "one", "arguments": {TEXT}}}</tool_call>'
    assert told({"content": [{"type": "text", "text": text}]}) == [("one", PARAMS)]


def test_alternatives_are_refused() -> None:
    choice: JsonValue = {"message": {"tool_calls": [{"function": {"name": "a", "arguments": ""}}]}}
    [found] = read_output({"choices": [choice, choice]})
    assert isinstance(found, Unreadable)
    assert found.code == "several_choices"


def test_react_as_json() -> None:
    assert told({"action": "one", "action_input": PARAMS}) == [("one", PARAMS)]
    assert told({"action": "Final Answer", "action_input": "all is well"}) == []
