"""Messages of gpt-oss: calls are read, thinking and others' messages are not."""

import pytest

from processors.formats import Proposal, read_output

ARGUMENTS = '{"to": "Ana"}'
THOUGHT = (
    '<|channel|>analysis<|message|>Maybe {"name": "no", "arguments": {}}<|end|><|start|>assistant'
)


def names(text: str) -> list[str]:
    return [item.name if isinstance(item, Proposal) else item.code for item in read_output(text)]


@pytest.mark.parametrize(
    "header",
    [
        "<|channel|>commentary to=functions.pay <|constrain|>json<|message|>",
        "<|channel|>commentary to=functions.pay<|message|>",
        " to=functions.pay<|channel|>commentary <|constrain|>json<|message|>",
        " to=functions.pay<|channel|>commentary json<|message|>",
        "<|channel|>commentary to=functions.pay <|constrain|>json<|message|>\n",
    ],
)
@pytest.mark.parametrize("end", ["<|call|>", ""])
def test_a_message_to_a_tool_is_a_call(header: str, end: str) -> None:
    [found] = read_output(f"{THOUGHT}{header}{ARGUMENTS}{end}")
    assert isinstance(found, Proposal)
    assert (found.name, found.params, found.source) == ("pay", {"to": "Ana"}, "harmony")
    assert found.reasoning is not None
    assert names(f"<|start|>assistant{header}{ARGUMENTS}{end}") == ["pay"]


def test_what_a_tool_answers_is_data() -> None:
    call = "<|channel|>commentary to=functions.pay<|message|>{}<|call|>"
    answer = '<|message|>{"name": "no", "arguments": {}}<|end|><|start|>assistant'
    sender = "<|start|>functions.pay to=assistant<|channel|>commentary"
    assert names(f"{call}{sender}{answer}{call}") == ["pay", "pay"]


def test_a_final_answer_is_read_as_text() -> None:
    final = "<|start|>assistant<|channel|>final<|message|>"
    assert names(f"{THOUGHT}{final}Nothing to do.<|return|>") == []
    document = '{"actions": [{"action_type": "pay", "parameters": {}}]}'
    assert names(f"{THOUGHT}{final}{document}<|return|>") == ["pay"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<|channel|>commentary to=python<|message|>print(1)<|call|>", "parameters_not_an_object"),
        ("<|channel|>commentary to=functions.f<|message|>{} and <|call|>", "call_not_closed"),
        ('<|channel|>commentary to=functions.f<|message|>{"a": "b', "call_not_json"),
    ],
)
def test_a_call_that_cannot_be_read_is_told(text: str, code: str) -> None:
    assert names(text) == [code]


def test_prose_about_a_recipient_is_none() -> None:
    assert names("I write to=functions.pay here. <a to=b>") == []


def test_what_a_model_sends_itself_is_thinking() -> None:
    call = '<tool_call>{"name": "no", "arguments": {}}</tool_call>'
    tags = '<atem:invoke name="f"><atem:parameter name="a">1</atem:parameter></atem:invoke>'
    for start in (" to=self", "<|start|>assistant to=self"):
        text = f"{start}<|message|>Maybe {call}<|eom|><|start|>assistant to=f<|message|>{tags}"
        assert names(text) == ["f"]
