"""Text with JSON in it, and text that only talks about calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.formats import Proposal, Unreadable, read_output
from processors.formats.reasoning import without_reasoning

CALL = '{"name": "create_task", "arguments": {"titulo": "Revisar"}}'
OTHER = '{"name": "send_notification", "arguments": {}}'


def names(text: str) -> list[str]:
    return [item.name if isinstance(item, Proposal) else item.code for item in read_output(text)]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"Here it is: {CALL} Anything else?", ["create_task"]),
        (f"First {CALL}; then {OTHER}.", ["create_task", "send_notification"]),
        (f"Done:\n```json\n[{CALL}, {OTHER}]\n```\n", ["create_task", "send_notification"]),
        (f"Done:\n```\n{CALL}\n```\n", ["create_task"]),
        (f'A brace {{ first, then {{"actions": [{CALL}]}}', ["create_task"]),
        (f'{{"actions": [{CALL}]}} and {{"actions": [{OTHER}]}}', ["several_blocks"]),
    ],
)
def test_json_in_prose(text: str, read: list[str]) -> None:
    assert names(text) == read


@pytest.mark.parametrize(
    "text",
    [
        f"<think>I might send {CALL}</think>Nothing to do.",
        f"I wonder about {CALL}</think>\nNothing to do.",
        f"<think>never closed {CALL}",
        f"> a customer wrote: {CALL}",
        f"<tool_response>{CALL}</tool_response>\nThe tool said so.",
        f"[TOOL_RESULTS]{CALL}[/TOOL_RESULTS]",
        f"For example, {CALL} makes a task.",
        f"You could send this:\n```json\n{CALL}\n```",
        f"Por ejemplo:\n```json\n{CALL}\n```",
        f"```python\nrequests.post(json={CALL})\n```",
        "I could call create_task(titulo='x') next time.",
        'The result is {"name": "Ana", "age": 41}.',
        '{"a": 1} and {"b": 2} are objects.',
    ],
)
def test_what_only_talks_about_a_call_proposes_nothing(text: str) -> None:
    assert [item for item in read_output(text) if isinstance(item, Proposal)] == []


def test_reasoning_inside_a_value_never_runs_without_it() -> None:
    value = "one <think>two</think> three"
    marked = f'<tool_call>{{"name": "a", "arguments": {{"x": "{value}"}}}}</tool_call>'
    [found] = read_output(marked)
    assert isinstance(found, Proposal)
    assert found.params == {"x": value}
    tags = f"<function=a><parameter=x>{value}</parameter></function>"
    assert names(tags) == ["unsupported_character"]


def test_calls_in_two_formats_are_refused() -> None:
    text = f"<tool_call>{CALL}</tool_call>[TOOL_CALLS]x" + '{"a": 1}\n<function=y>\n</function>'
    assert names(text) == ["several_formats"]


@given(st.text(alphabet='{}[]"`>\n <thik/>ac:,', max_size=200))
def test_never_raises(text: str) -> None:
    for item in read_output(text):
        assert isinstance(item, Proposal | Unreadable)
    without_reasoning(text)
