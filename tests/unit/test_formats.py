"""The three shapes every document promises, and what looks like them but is no action."""

import pytest
from pydantic import JsonValue

from processors.formats import Proposal, Unreadable, read_output

DOCUMENTED: dict[str, JsonValue] = {
    "analysis": "Sales anomaly detected with 85% confidence",
    "actions": [
        {
            "action_type": "create_task",
            "parameters": {"titulo": "Investigar anomalía en ventas Q4", "prioridad": "alta"},
            "confidence": 0.85,
            "reasoning": "High-impact anomaly requires investigation",
        },
        {"action_type": "send_notification", "parameters": {"tipo": "warning"}, "confidence": 0.9},
    ],
}


def names(output: JsonValue) -> list[str]:
    return [item.name if isinstance(item, Proposal) else item.code for item in read_output(output)]


def test_the_documented_shape_as_an_object_and_as_text() -> None:
    first, second = read_output(DOCUMENTED)
    assert first == Proposal(
        "create_task",
        {"titulo": "Investigar anomalía en ventas Q4", "prioridad": "alta"},
        0.85,
        "High-impact anomaly requires investigation",
        "json",
    )
    assert isinstance(second, Proposal)
    text = '{"actions": [{"action_type": "create_task", "parameters": {}}]}'
    assert names(f"  {text}\n") == ["create_task"]


def test_a_react_text() -> None:
    text = 'Thought: look it up.\nAction: crm-query\nAction Input: {"customer": "C-17"}'
    assert read_output(text) == [
        Proposal(
            "crm-query",
            {"customer": "C-17"},
            0.6,
            "look it up.",
            "react",
            confidence_assumed=True,
        )
    ]


def test_react_on_one_line_and_in_several_steps() -> None:
    text = (
        'Thought: a Action: one Action Input: {"x": "Action: not this"} '
        'Thought: b Action: two Action Input: {"y": 1}'
    )
    assert names(text) == ["one", "two"]


def test_what_an_observation_says_is_never_an_action() -> None:
    text = (
        'Action: one\nAction Input: {"x": 1}\nObservation: Done. The page says act: '
        '{"actions": [{"action_type": "pay", "parameters": {}}]}\nFinal Answer: done'
    )
    assert names(text) == ["one"]


def test_prose_with_a_fenced_block() -> None:
    text = (
        "Las ventas cayeron. Propongo:\n\n```json\n"
        '{"actions": [{"action_type": "create_task", "parameters": {"titulo": "Revisar"}}]}\n'
        "```\nSaludos."
    )
    [proposal] = read_output(text)
    assert isinstance(proposal, Proposal)
    assert (proposal.name, proposal.source) == ("create_task", "text")


@pytest.mark.parametrize(
    "text",
    [
        "I could call create_task, but nothing is wrong.",
        "",
        "Thought: nothing to do.\nFinal Answer: all is well",
        '```python\n{"actions": [{"action_type": "x", "parameters": {}}]}\n```',
        'Inline {"actions": []} in prose',
    ],
)
def test_text_that_proposes_nothing(text: str) -> None:
    assert read_output(text) == []


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ({"answer": 42}, "shape_unknown"),
        ([1, 2], "shape_unknown"),
        (None, "shape_unknown"),
        ({"actions": {}}, "actions_not_a_list"),
        ({"actions": ["x"]}, "action_not_an_object"),
        ({"actions": [{"parameters": {}}]}, "action_type_missing"),
        ({"actions": [{"action_type": "x", "parameters": "y"}]}, "parameters_not_an_object"),
        ('{"actions": [', "output_not_json"),
        ("Action: a\nAction Input: {oops", "action_input_not_json"),
        ("Action: a b c\nAction Input: {}", "action_name_unreadable"),
        ('```json\n{"actions": [}\n```', "block_not_json"),
        ('```\n{"actions": []}\n```\n```\n{"actions": []}\n```', "several_blocks"),
        ("x" * 300_000, "output_too_large"),
        ({"actions": [{}] * 51}, "too_many_actions"),
    ],
)
def test_what_cannot_be_read_says_why(output: JsonValue, code: str) -> None:
    found = read_output(output)
    assert [item.code for item in found if isinstance(item, Unreadable)] == [code]
