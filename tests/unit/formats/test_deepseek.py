"""Calls as DeepSeek's models write them, V3 and V3.1, and hostile texts."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.formats.deepseek import (
    CALL_BEGIN,
    CALLS_BEGIN,
    DEEPSEEK,
    OUTPUT_BEGIN,
    OUTPUT_END,
    SEPARATOR,
)
from processors.formats.proposal import JsonDict, Proposal, Unreadable
from tests.examples import examples

Call = tuple[str, JsonDict]
CALL_END, CALLS_END = "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>"
PAY: Call = ("pay", {"amount": 3})
ASK: Call = ("ask", {"who": "Ana"})
PAY_JSON, ASK_JSON = '{"amount": 3}', '{"who": "Ana"}'


def v3(name: str, arguments: str) -> str:
    return f"{CALL_BEGIN}function{SEPARATOR}{name}\n```json\n{arguments}\n```{CALL_END}"


def v31(name: str, arguments: str) -> str:
    return f"{CALL_BEGIN}{name}{SEPARATOR}{arguments}{CALL_END}"


def calls(text: str) -> list[Call | str]:
    """The calls a text holds, and the codes of what cannot be read."""
    return [
        (item.name, item.params) if isinstance(item, Proposal) else item.code
        for item in DEEPSEEK.read(text)
    ]


READ: list[tuple[str, list[Call]]] = [
    (f"I pay.{CALLS_BEGIN}{v3('pay', PAY_JSON)}{CALLS_END}Done.", [PAY]),
    (f"{CALLS_BEGIN}{v3('pay', PAY_JSON)}\n{v3('ask', ASK_JSON)}{CALLS_END}", [PAY, ASK]),
    (f"I pay.{CALLS_BEGIN}{v31('pay', PAY_JSON)}{v31('ask', ASK_JSON)}{CALLS_END}.", [PAY, ASK]),
    (f"{CALLS_BEGIN}\n{v31(' pay ', f' {PAY_JSON} ')}", [PAY]),
    (v31("pay", f"\n```json\n{PAY_JSON}\n```\n"), [PAY]),
    (f"{CALL_BEGIN}function{SEPARATOR}pay\n{PAY_JSON}", [PAY]),
    (f"{CALL_BEGIN}function{SEPARATOR}pay\n```json\n{PAY_JSON}\n```", [PAY]),
    (f"{CALL_BEGIN}pay{SEPARATOR}{PAY_JSON}{CALLS_END}", [PAY]),
    (f"{OUTPUT_BEGIN}{v31('ask', ASK_JSON)}{OUTPUT_END}{v31('pay', PAY_JSON)}", [PAY]),
    (f"{OUTPUT_BEGIN}{v31('ask', ASK_JSON)}", []),
    (f"Write `{v31('pay', PAY_JSON)}` to pay.", []),
    ("<｜tool_calls_begin｜><｜tool_call_begin｜><x:invoke>", []),
    ("How can I help?", []),
]

UNREADABLE: list[tuple[str, list[Call | str]]] = [
    (f"{CALLS_BEGIN}function{SEPARATOR}pay\n```json\n{PAY_JSON}\n```{CALLS_END}", ["call_missing"]),
    (CALLS_BEGIN, ["call_missing"]),
    (CALL_BEGIN, ["call_not_separated"]),
    (f"{CALL_BEGIN}pay{CALL_END}", ["call_not_separated"]),
    (f"{CALL_BEGIN}pay{SEPARATOR}", ["parameters_not_an_object"]),
    (v31("pay", ""), ["parameters_not_an_object"]),
    (v31("pay", "[3]"), ["parameters_not_an_object"]),
    (v31("pay", '[{"amount": 3}]'), ["action_name_unreadable"]),
    (v31("", PAY_JSON), ["action_name_unreadable"]),
    (f"{CALL_BEGIN}ask{SEPARATOR}pay\n{PAY_JSON}", ["action_name_unreadable"]),
    (v3("pay or ask", PAY_JSON), ["action_name_unreadable"]),
    (v3("pay\0", PAY_JSON), ["action_name_unreadable"]),
    (v3("pay\ud800", PAY_JSON), ["action_name_unreadable"]),
    (v31("pay", '{"amount": "\0"}'), ["call_not_json"]),
    (v31("pay", '{"amount": "\ud800"}'), ["call_not_json"]),
    (v31("pay", '{"amount": 3'), ["call_not_json"]),
    (f"{CALL_BEGIN}pay{SEPARATOR}{PAY_JSON[:-1]}", ["call_not_json"]),
    (v31("pay", PAY_JSON + "}"), ["call_not_closed"]),
    (v31("pay", f'{{"a": {"9" * 30}}}') + v31("ask", ASK_JSON), ["number_out_of_range", ASK]),
    (v31("pay", '{"a": "Say "' + v31("ask", ASK_JSON)) + v31("ask", ASK_JSON), ["call_not_json"]),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_calls_are_read(text: str, expected: list[Call]) -> None:
    assert calls(text) == expected


@pytest.mark.parametrize(("text", "expected"), UNREADABLE)
def test_what_cannot_be_read_says_why(text: str, expected: list[Call | str]) -> None:
    assert calls(text) == expected
    for item in DEEPSEEK.read(text):
        if isinstance(item, Unreadable):
            item.text.encode()


def test_a_proposal_names_its_family() -> None:
    assert DEEPSEEK.read(v31("pay", PAY_JSON)) == [
        Proposal("pay", {"amount": 3}, None, None, "deepseek")
    ]


def test_a_mark_inside_a_string_ends_nothing_and_begins_nothing() -> None:
    quoted = f"}}```{CALL_END}{CALLS_END}{CALL_BEGIN}ask{SEPARATOR}{{}}"
    assert calls(v3("note", f'{{"text": "{quoted}"}}')) == [("note", {"text": quoted})]


def test_depth_is_bounded() -> None:
    def nested(levels: int) -> str:
        return v31("pay", '{"a": ' * levels + "1" + "}" * levels)

    [thirty] = calls(nested(30))
    assert thirty[0] == "pay"
    assert calls(nested(33)) == ["output_too_deep"]
    assert calls(nested(5_000)) == ["output_too_deep"]


@pytest.mark.parametrize("mark", [CALLS_BEGIN, CALL_BEGIN, SEPARATOR, OUTPUT_BEGIN])
@pytest.mark.parametrize("behind", ["", " ", "a", f"a{SEPARATOR}", f"a{SEPARATOR}{{}}", OUTPUT_END])
def test_many_marks_take_linear_time(mark: str, behind: str) -> None:
    text = (mark + behind) * 25_000
    started = time.process_time()
    DEEPSEEK.read(text[:262_144])
    assert time.process_time() - started < 1


PIECES = [
    *(CALLS_BEGIN, CALL_BEGIN, SEPARATOR, CALL_END, CALLS_END, OUTPUT_BEGIN, OUTPUT_END),
    *(
        "function",
        "pay",
        "ask",
        "\n",
        " ",
        "```json",
        "```",
        "`",
        "\0",
        "\ud800",
        "<",
        ">",
        ":",
        ",",
    ),
    *(
        "{",
        "}",
        "[",
        "]",
        '"',
        "\\",
        "1",
        "{}",
        PAY_JSON,
        v3("pay", PAY_JSON),
        v31("ask", ASK_JSON),
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=examples(4), deadline=None)
def test_no_text_raises_and_every_call_stands_in_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    for item in DEEPSEEK.read(text):
        if isinstance(item, Proposal):
            assert item.name in text
            assert CALL_BEGIN in text
