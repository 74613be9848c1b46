"""Two formats that claim calls in one text: neither is chosen, none is lost."""

import pytest

from processors.formats import Proposal, read_output

A, B = '{"name": "a", "arguments": {}}', '{"name": "b", "arguments": {}}'
MARKED = f"<tool_call>{A}</tool_call>"
ACTIONS = f'{{"actions": [{B}]}}'
REACT = 'Action: b\nAction Input: {"x": 1}'


def names(text: str) -> list[str]:
    return [item.name if isinstance(item, Proposal) else item.code for item in read_output(text)]


@pytest.mark.parametrize(
    "text",
    [
        f"{MARKED}\n```json\n{ACTIONS}\n```",
        f"```json\n{ACTIONS}\n```\n{MARKED}",
        f"{MARKED} and {B}",
        f"{MARKED}\n{REACT}",
        f"{B}\nThought: so\n{REACT}",
        f"```json\n{ACTIONS}\n```\nThought: so\n{REACT}",
        f"<function=a>\n</function>\n[b(x=1)]\n{MARKED}",
        f"{MARKED}\nCalling: [b(x=1)]",
        f"{B} or [a(x=1)]",
        f"<|python_tag|>{A}{B}",
        f"<tool_call>\n```json\n{A}\n```\n</tool_call>\n```json\n{ACTIONS}\n```",
        f"```\n[TOOL_CALLS]a{{}}\n```\n```json\n{ACTIONS}\n```",
        f"{MARKED}\nI propose {{'name': 'b', 'arguments': {{'text': 'it's'}}}}",
    ],
)
def test_calls_in_two_formats_are_refused(text: str) -> None:
    assert names(text) == ["several_formats"]


def test_a_block_and_the_text_beside_it_are_refused() -> None:
    assert names(f"```json\n{A}\n```\nand {B}") == ["several_blocks"]
    assert names(f"First {A}\n```json\n{ACTIONS}\n```") == ["several_blocks"]


def test_code_that_is_shown_hides_no_call_beside_it() -> None:
    assert names(f"Code:\n```python\nprint(1)\n```\nNow: {A}") == ["a"]


def test_a_payload_is_one_claim() -> None:
    assert names(f"<tool_call>\n```json\n{A}\n```\n</tool_call>") == ["a"]
    assert names(f"```tool_call\n{MARKED}\n```\nDone.") == ["a"]
    assert names(f"```json\n{MARKED}\n```") == ["a"]


def test_what_a_tool_put_out_claims_nothing() -> None:
    output = f"<｜tool▁output▁begin｜>{B}<｜tool▁output▁end｜>"
    call = "<｜tool▁call▁begin｜>a<｜tool▁sep｜>{}<｜tool▁call▁end｜>"
    assert names(f"{call}{output}") == ["a"]
    assert names(output) == []


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("[f(x=1)]\n[g(x=2)]", ["f", "g"]),
        ("[f(x=1), g()]", ["f", "g"]),
        ("[f(x=1)] [g(x=2)]", ["calls_among_words"]),
        ("[f(x=1)]\nDone.", ["calls_among_words"]),
        ("Calling: [f(x=1)]", ["calls_among_words"]),
        ("Calling: [f()]", ["calls_among_words"]),
        ("```tool_code\n[f(x=1)]\n```", ["calls_among_words"]),
        ("See [f()](https://example.org) or `[f(x=1)]`.", []),
        ("```python\n[f(x=1)]\n```", []),
        ("Thought: so\nAction: a\nAction Input: {}\nObservation: [f(x=1)]", ["a"]),
        ("See rows[f(x=1)] and #[cfg(feature = 'x')].", []),
        ("I saw [f(x==1)] and [1, 2] there.", []),
    ],
)
def test_lists_of_python_calls(text: str, read: list[str]) -> None:
    assert names(text) == read
