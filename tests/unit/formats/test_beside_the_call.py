"""What an output says about its calls: why, and from when on."""

import pytest
from pydantic import JsonValue

from processors.formats import Proposal, Unreadable, read_output

CALL: dict[str, JsonValue] = {"name": "pay", "arguments": {}}
TEXT = '{"name": "pay", "arguments": {}}'


def reasons(output: JsonValue) -> list[str | None]:
    return [i.reasoning if isinstance(i, Proposal) else i.code for i in read_output(output)]


@pytest.mark.parametrize(
    "key", ["reasoning", "rationale", "explanation", "thought", "justification"]
)
def test_an_action_says_why(key: str) -> None:
    assert reasons({"actions": [{**CALL, key: "late"}], "analysis": "all"}) == ["late"]


@pytest.mark.parametrize("key", ["analysis", "reasoning", "thought"])
def test_the_response_says_why_for_actions_that_do_not(key: str) -> None:
    output: JsonValue = {key: "all", "actions": [CALL, {**CALL, "rationale": "one"}]}
    assert reasons(output) == ["all", "one"]
    assert reasons({key: "all", "action": CALL}) == ["all"]


@pytest.mark.parametrize(
    "output",
    [
        {"tool_calls": [{"function": CALL}], "reasoning_content": "why"},
        {"choices": [{"message": {"tool_calls": [{"function": CALL}], "reasoning": "why"}}]},
        {
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "why"}]},
                {"type": "function_call", **CALL},
            ]
        },
        {
            "content": [
                {"type": "thinking", "thinking": "why", "signature": "s"},
                {"type": "tool_use", "name": "pay", "input": {}},
            ]
        },
        {
            "candidates": [
                {
                    "content": {
                        "parts": [{"text": "why", "thought": True}, {"functionCall": CALL}],
                    }
                }
            ]
        },
        f"<think>why</think>{TEXT}",
        f"<think> why </think><tool_call>{TEXT}</tool_call>",
        f"why</think><tool_call>{TEXT}</tool_call>",
        {"content": [{"type": "text", "text": f"<think>why</think>{TEXT}"}]},
    ],
)
def test_thinking_is_the_reason_where_no_other_is_given(output: JsonValue) -> None:
    assert reasons(output) == ["why"]


def test_what_a_tool_wrote_is_no_reason() -> None:
    assert reasons(f"<tool_response>no</tool_response><tool_call>{TEXT}</tool_call>") == [None]


@pytest.mark.parametrize("reasoning", [5, None, ["a"], "", "  "])
def test_what_is_no_text_is_no_reason(reasoning: JsonValue) -> None:
    assert reasons({"actions": [{**CALL, "reasoning": reasoning}]}) == [None]


def test_thinking_is_shortened() -> None:
    beside: JsonValue = {"analysis": "x" * 9_000, "actions": [CALL]}
    react = f"Thought: {'x' * 9_000}\nAction: pay\nAction Input: {{}}"
    for output in (f"<think>{'x' * 9_000}</think>{TEXT}", beside, react):
        [reason] = reasons(output)
        assert reason == "x" * 4_000


@pytest.mark.parametrize("text", ["2026-12-01T09:00:00Z", "tomorrow", ""])
def test_a_schedule_is_the_text_it_is(text: str) -> None:
    call: JsonValue = {**CALL, "not_before": text}
    outputs: list[JsonValue] = [{"actions": [call]}, {"tool_calls": [{"function": call}]}]
    for output in outputs:
        [found] = read_output(output)
        assert isinstance(found, Proposal)
        assert found.not_before == text


@pytest.mark.parametrize("given", [5, True, ["2026-12-01T09:00:00Z"], {}])
def test_a_schedule_that_is_no_text_is_refused(given: JsonValue) -> None:
    [found] = read_output({"actions": [{**CALL, "not_before": given}]})
    assert found == Unreadable(
        "not_before_unreadable", "`not_before` must be a text", "/actions/0/not_before"
    )


def test_no_schedule_is_none() -> None:
    [found] = read_output({"actions": [{**CALL, "not_before": None}]})
    assert isinstance(found, Proposal)
    assert found.not_before is None
