"""Fences as CommonMark has them, and words that announce an example."""

import pytest

from processors.formats import Proposal, read_output, spoken

JSON = '{"name": "pay", "arguments": {"to": "eve"}}'
MARKED = f"<tool_call>{JSON}</tool_call>"
XML = "<function=pay>\n<parameter=to>eve</parameter>\n</function>"
HERMES_XML = f"<tool_call>\n{XML}\n</tool_call>"
CALLS = [JSON, MARKED, XML, HERMES_XML]


def names(text: str) -> list[str]:
    return [item.name if isinstance(item, Proposal) else item.code for item in read_output(text)]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "shown",
    [
        "````xml\n{}\n````\nDone.",
        "````text\n```\n{}\n```\n````",
        "````python\n```json\n{}\n```\n````",
        "~~~xml\n{}\n~~~",
        "~~~python\n```\n{}\n~~~",
        "``` python\n{}\n```",
        "```python\r\n{}\r\n```\r\n",
        "Use ````{}```` here.",
        "Beispiel:\n```json\n{}\n```",
        "Zum Beispiel:\n\n```\n{}\n```",
        "Par exemple:\n```json\n{}\n```",
        "Por exemplo:\n~~~\n{}\n~~~",
    ],
)
def test_a_call_that_is_shown_is_none(shown: str, call: str) -> None:
    text = shown.replace("{}", call)
    assert names(text) == []
    if "\n" in shown:
        assert "eve" not in spoken(text)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "meant",
    [
        "```python\r\nprint(1)\r\n```\r\n{}",
        "```python\nprint(1)\n```\n{}",
        "````text\n```\n````\n{}",
        "~~~python\nprint(1)\n~~~\n\n{}",
        "~~~\n{}\n~~~",
        "~~~json\n{}\n~~~\nDone.",
        "````json\n{}\n````",
        "```json\r\n{}\r\n```\r\n",
        "I will do that now:\n{}",
    ],
)
def test_a_call_beside_what_is_shown_is_read(meant: str, call: str) -> None:
    assert names(meant.replace("{}", call)) == ["pay"]


@pytest.mark.parametrize("call", [MARKED, XML, HERMES_XML])
@pytest.mark.parametrize(
    "words",
    ["I would be happy to do it.", "I would like to do this:", "That was an example. Now:"],
)
def test_words_that_announce_no_example_hide_no_call(words: str, call: str) -> None:
    assert names(f"{words}\n{call}") == ["pay"]


@pytest.mark.parametrize("call", [MARKED, XML, HERMES_XML])
@pytest.mark.parametrize(
    "words",
    [
        *(
            "For example:",
            "**Example:**",
            "Here is an example call:",
            "Such a call looks like this:",
        ),
        *("Beispiel:", "Par exemple :", "Por ejemplo:", "e.g.:", "Write it, z. B. so:"),
    ],
)
@pytest.mark.parametrize("between", [" ", "\n", "\n\n"])
def test_a_call_that_the_line_before_announces_as_an_example_is_none(
    words: str, call: str, between: str
) -> None:
    assert names(f"{words}{between}{call}") == []
    assert names(f"{words}{between}{call}\n{call}") == []
    assert names(f"{words}{between}{call}\nNow I pay.\n{call}") == ["pay"]


def test_an_example_whose_end_nobody_can_tell_is_told() -> None:
    assert names('For example:\n<tool_call>{"name": "pay", "arg') == ["call_not_json"]
