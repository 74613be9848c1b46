"""Calls that a text shows are none; calls that a model means are read, whatever is around them."""

import pytest
from pydantic import JsonValue

from processors.formats import Proposal, read_output

CALL = '{"name": "pay", "arguments": {"amount": 3}}'
MARKED = f"<tool_call>{CALL}</tool_call>"
XML = "<function=pay>\n<parameter=amount>3</parameter>\n</function>"


def names(output: JsonValue) -> list[str]:
    return [item.name if isinstance(item, Proposal) else item.code for item in read_output(output)]


@pytest.mark.parametrize("call", [MARKED, XML, CALL])
@pytest.mark.parametrize(
    "shown",
    [
        "Write `{}` to pay.",
        "Write `please {} now` to pay.",
        "Write ``a `tick` and {}`` to pay.",
        "Write ```{}``` to pay.",
        "```python\n{}\n```",
        "Look:\n```xml\n{}\n```\nThat is it.",
        "```text\n{}\n```",
        "```python\n{}",
        "For example:\n```\n{}\n```",
        "A call, e.g.:\n\n```json\n{}\n```",
        "You could send this:\n\n```json\n{}\n```\n",
        "Por ejemplo:\n```tool_call\n{}\n```",
    ],
)
def test_a_call_that_is_shown_proposes_nothing(shown: str, call: str) -> None:
    assert names(shown.replace("{}", call)) == []


@pytest.mark.parametrize("call", [MARKED, XML, CALL])
@pytest.mark.parametrize(
    "meant",
    [
        "{}",
        "I pay.\n```\n{}\n```",
        "I pay.\n```json\n{}\n```",
        "I pay.\n```tool_code\n{}\n```",
        "```{}\n```",
        "I pay.\n```tool_call\n{}\n```\nDone.",
    ],
)
def test_a_call_that_is_meant_is_read(meant: str, call: str) -> None:
    assert names(meant.replace("{}", call)) == ["pay"]


@pytest.mark.parametrize("call", [MARKED, XML])
@pytest.mark.parametrize(
    "meant",
    [
        "I use `pay` for this. {}",
        "A tick ` alone. {}",
        "A tick ` in one paragraph.\n\n{} and one ` in the next.",
        "```python\nprint(1)\n```\n{}",
        "```\nYou could see this.\n```\n{}",
        "Some say ``` at times.\n\n{}",
    ],
)
def test_code_that_ends_before_a_call_hides_nothing(meant: str, call: str) -> None:
    assert names(meant.replace("{}", call)) == ["pay"]


def test_code_in_a_value_is_the_values() -> None:
    code = "Use `x` or:\n```python\nprint('<tool_call>')\n```\n"
    text = f"<function=note>\n<parameter=text>{code}</parameter>\n</function>\n{XML}"
    assert names(text) == ["note", "pay"]


def test_a_closing_fence_behind_a_call_opens_no_code() -> None:
    note = '{"name": "note", "arguments": {"text": "you could"}}'
    block = f"```\n<tool_call>{note}</tool_call>\n```\n"
    assert names(block + MARKED + "\n" + block) == ["note", "pay", "note"]
    unclosed = f"```\n<|python_tag|>{note}\n```\nYou could send this, too:\n```\n{MARKED}\n```\n"
    assert names(unclosed) == ["note"]


@pytest.mark.parametrize(
    "text",
    [
        "[note] nothing",
        "[1] Smith, 2020.",
        "{name}, hello",
        "{oops",
        "[x] done\n[ ] open",
        "[/INST] no",
    ],
)
def test_a_bracket_alone_claims_no_json(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize("text", ['{"', "{'a'", "{a: ", "{", "[", "[{", '["a", ', "{{", '[ {"a"'])
def test_what_begins_as_json_and_is_broken_is_told(text: str) -> None:
    assert names(text) == ["output_not_json"]


def test_behind_a_broken_call_in_the_open_text_nothing_is_read() -> None:
    assert names(f'I pay {{"name": "pay", "arguments": {{oops}}. Then {CALL}') == ["block_not_json"]
