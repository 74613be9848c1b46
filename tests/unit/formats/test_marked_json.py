"""Calls that are JSON behind a mark: each dialect, its neighbours, and hostile texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.formats.marked_json import MARKED_JSON, MARKS
from processors.formats.proposal import JsonDict, Proposal, Unreadable
from tests.examples import examples

Call = tuple[str, JsonDict]


def calls(text: str) -> list[Call | str]:
    """The calls a text holds, and the codes of what cannot be read."""
    return [
        (item.name, item.params) if isinstance(item, Proposal) else item.code
        for item in MARKED_JSON.read(text)
    ]


PAY: Call = ("pay", {"amount": 3})
ASK: Call = ("ask", {"who": "Ana"})
PAY_JSON = '{"name": "pay", "arguments": {"amount": 3}}'
ASK_JSON = '{"name": "ask", "parameters": {"who": "Ana"}}'
KEYED = '[{"pay": {"amount": 3}}, {"ask": {"who": "Ana"}}]'
LIST = f"[{PAY_JSON}, {ASK_JSON}]"

DIALECTS: list[tuple[str, list[Call]]] = [
    (f"I pay.\n<tool_call>\n{PAY_JSON}\n</tool_call>\nDone.", [PAY]),
    (f"<tool_call>{PAY_JSON}</tool_call>\n<tool_call>{ASK_JSON}</tool_call>", [PAY, ASK]),
    (f"<tool_call>{LIST}</tool_call>", [PAY, ASK]),
    (f"Sure! <tool_calls>[\n  {PAY_JSON}\n]</tool_calls>", [PAY]),
    (f"<longcat_tool_call>{PAY_JSON}</longcat_tool_call> after", [PAY]),
    (f"<|action_start|><|plugin|>\n{ASK_JSON}<|action_end|>\n", [ASK]),
    (f"<|tools_prefix|>{KEYED}<|tools_suffix|>", [PAY, ASK]),
    ('<|tools_prefix|>[{"now": {}}]<|tools_suffix|> wait', [("now", {})]),
    (f"<|tool_call|> {LIST}", [PAY, ASK]),
    (f"<function_call> {PAY_JSON}\n<function_call> {ASK_JSON}", [PAY, ASK]),
    (f"<|message_sep|>\n\nfunction call<|role_sep|>\n{PAY_JSON}<|message_sep|>", [PAY]),
    (f"<|function_call|>{PAY_JSON}", [PAY]),
    (f"<|python_tag|>{PAY_JSON}; {ASK_JSON}<|eom_id|>", [PAY, ASK]),
    (f"functools[\n{PAY_JSON},\n{ASK_JSON}] and more", [PAY, ASK]),
    (f"Hi[TOOL_CALLS] {LIST}\nmore", [PAY, ASK]),
    (f"[TOOL_CALLS]{PAY_JSON}", [PAY]),
    ('[TOOL_CALLS]pay{"amount": 3}[TOOL_CALLS]ask {"who": "Ana"}Asking…', [PAY, ASK]),
    ('[TOOL_CALLS]pay[ARGS]{"amount": 3}[TOOL_CALLS]ask[ARGS] {"who": "Ana"}', [PAY, ASK]),
    ('[TOOL_CALLS]pay[CALL_ID]a1B2c3D4e[ARGS]{"amount": 3}', [PAY]),
    (f"[TOOL_CALLS]  some words [{PAY_JSON}] trail", [PAY]),
]

NEIGHBOURS: list[tuple[str, list[Call]]] = [
    (f"<tool_call>{PAY_JSON}", [PAY]),
    (f"<tool_call>{PAY_JSON}\n<tool_call>{ASK_JSON}</tool_call>", [PAY, ASK]),
    (f"<tool_call>{PAY_JSON}</tool_c", [PAY]),
    (f"<tool_call>{PAY_JSON[:-1]}</tool_call>", [PAY]),
    ("<tool_call>{'name': 'pay', 'arguments': {'amount': 3}}</tool_call>", [PAY]),
    (f"<tool_call>{PAY_JSON}\n{ASK_JSON}</tool_call>", [PAY, ASK]),
    (f"<tool_call>\n```json\n{PAY_JSON}\n```\n</tool_call>", [PAY]),
    (f"Use <tool_call> to call.<tool_call>{PAY_JSON}</tool_call>", [PAY]),
    (f"Using `f`<tool_call>{PAY_JSON}</tool_call>", [PAY]),
    (f"```\n<tool_call>{PAY_JSON}</tool_call>\n```", [PAY]),
    (f"<tool_calls><tool_call>{PAY_JSON}</tool_call></tool_calls>", [PAY]),
    (f'<tool_call>{{"id": "c1", {PAY_JSON[1:]}</tool_call>', [PAY]),
    ('<tool_call>{"name": "pay", "arguments": "{\\"amount\\": 3}"}</tool_call>', [PAY]),
    (f'<tool_call>{{"type": "function", "function": {PAY_JSON}}}</tool_call>', [PAY]),
    (f"<|tools_prefix|>[{PAY_JSON}]<|tools_suffix|>", [PAY]),
    ('[TOOL_CALLS]f{"x": "{}[TOOL_CALLS]g{"}', [("f", {"x": "{}[TOOL_CALLS]g{"})]),
    (f"[TOOL_CALLS][TOOL_CALLS]{LIST}", [PAY, ASK]),
]

NOT_OURS = [
    "",
    "No mark, and no call.",
    LIST,
    "<tool_call>\n<function=pay>\n<parameter=amount>3</parameter>\n</function>\n</tool_call>",
    "<tool_call>pay<arg_key>amount</arg_key><arg_value>3</arg_value></tool_call>",
    "<|action_start|><|plugin|>not json<|action_end|>",
    f"<|action_start|>{PAY_JSON}",
    "<|python_tag|>print(1)",
    "import functools",
    "functools.reduce(f, [1])",
    "[TOOL_CALLS]",
    "[TOOL_CALLS] what now",
    "[TOOL_CALLS][/INST] [INST]",
    '[TOOL_CALLS] the words before {"amount": 3}',
    f'{{"about": "[TOOL_CALLS]"}}, [{PAY_JSON}]',
    "<tool_calls>[]</tool_calls>",
    f"Write `<tool_call>{PAY_JSON}</tool_call>` to pay.",
    f"`functools{LIST}`",
]

UNREADABLE: list[tuple[str, list[Call | str]]] = [
    ('<tool_call>{"name": "pay", "arguments": {"amo', ["call_not_json"]),
    ("<tool_call>{oops}</tool_call>", ["call_not_json"]),
    ("<tool_call>{'name': 'pay', 'arguments': {'amount': 1,000}}</tool_call>", ["call_not_json"]),
    (f"<tool_call>{PAY_JSON}}}</tool_call>", ["call_not_closed"]),
    (f"<tool_call>{PAY_JSON} is what I would never do</tool_call>", ["call_not_closed"]),
    ('<tool_call>{"arguments": {}}</tool_call>', ["action_type_missing"]),
    ('<tool_call>{"name": "pay", "arguments": [3]}</tool_call>', ["parameters_not_an_object"]),
    ('<tool_call>{"name": "pay", "arguments": "three"}</tool_call>', ["parameters_not_an_object"]),
    (f"<tool_call>[1, {PAY_JSON}]</tool_call>", ["action_not_an_object", PAY]),
    ("functools[ just text ]", ["call_not_json"]),
    ('<|tools_prefix|>[{"a": {}, "b": {}}]<|tools_suffix|>', ["action_type_ambiguous"]),
    ('<|tools_prefix|>[{"a": 1}]<|tools_suffix|>', ["parameters_not_an_object"]),
    ("[TOOL_CALLS] [ oops", ["call_not_json"]),
    ('[TOOL_CALLS]pay{"amount": ', ["call_not_json"]),
    ("[TOOL_CALLS]pay[ARGS]", ["parameters_not_an_object"]),
    ("[TOOL_CALLS]pay[ARGS][3]", ["parameters_not_an_object"]),
    ("[TOOL_CALLS]pay[CALL_ID]a1", ["parameters_not_an_object"]),
    ('<tool_call>{"name": "pay\0", "arguments": {}}</tool_call>', ["call_not_json"]),
    ('<tool_call>{"name": "pay\ud800", "arguments": {}}</tool_call>', ["call_not_json"]),
    ('<tool_call>{"name": "pay\\ud800", "arguments": {}}</tool_call>', ["call_not_json"]),
    ('<tool_call>{"name": "pay", "arguments": {"a": NaN}}</tool_call>', ["call_not_json"]),
    (
        f'[TOOL_CALLS]pay{{"a": {"9" * 30}}}[TOOL_CALLS]now{{}}',
        ["number_out_of_range", ("now", {})],
    ),
    (f'[TOOL_CALLS]pay{{"a": {"9" * 9_000}}}', ["number_out_of_range"]),
    (f"<tool_call>{'[' * 25_000}", ["output_too_deep"]),
]


@pytest.mark.parametrize(("text", "expected"), DIALECTS)
def test_each_dialect_is_read(text: str, expected: list[Call]) -> None:
    assert calls(text) == expected


@pytest.mark.parametrize(("text", "expected"), NEIGHBOURS)
def test_forms_near_a_dialect_are_read(text: str, expected: list[Call]) -> None:
    assert calls(text) == expected


@pytest.mark.parametrize("text", NOT_OURS)
def test_what_holds_no_json_behind_a_mark_is_nothing(text: str) -> None:
    assert calls(text) == []


@pytest.mark.parametrize(("text", "expected"), UNREADABLE)
def test_what_cannot_be_read_says_why(text: str, expected: list[Call | str]) -> None:
    assert calls(text) == expected
    for item in MARKED_JSON.read(text):
        if isinstance(item, Unreadable):
            item.text.encode()


def test_a_proposal_names_its_family() -> None:
    [proposal] = MARKED_JSON.read(f"<tool_call>{PAY_JSON}</tool_call>")
    assert proposal == Proposal("pay", {"amount": 3}, None, None, "marked_json")


@pytest.mark.parametrize("mark", [mark.opening for mark in MARKS if mark.closing])
def test_a_mark_inside_a_string_ends_nothing_and_begins_nothing(mark: str) -> None:
    quoted = f"see </tool_call>{mark}[{{}}] {{ }} }} and [TOOL_CALLS]pay{{}}"
    text = f'<tool_call>{{"name": "note", "arguments": {{"text": "{quoted}"}}}}</tool_call>'
    assert calls(text) == [("note", {"text": quoted})]


def test_behind_a_block_without_an_end_nothing_is_read() -> None:
    """The quotes inside the note are not escaped, so the inner call stands outside a string as
    far as JSON goes. It is still the note's text."""
    text = (
        f'<tool_call>{{"name": "note", "arguments": {{"text": "Say "<tool_call>{PAY_JSON}'
        f'</tool_call>""}}}}</tool_call><tool_call>{PAY_JSON}</tool_call>'
    )
    assert calls(text) == ["call_not_json"]


def test_depth_is_bounded() -> None:
    def nested(levels: int) -> str:
        inner = '{"a": ' * levels + "1" + "}" * levels
        return f'<tool_call>{{"name": "pay", "arguments": {inner}}}</tool_call>'

    [thirty] = calls(nested(30))
    assert thirty[0] == "pay"
    assert calls(nested(33)) == ["output_too_deep"]
    assert calls(nested(5_000)) == ["output_too_deep"]


PIECES = [
    *(mark.opening for mark in MARKS),
    *(mark.closing for mark in MARKS if mark.closing),
    *("[ARGS]", "[CALL_ID]", "```json", "```", "`", "<", ">"),
    *("\n", " ", ";", ",", ":", "\0", "\ud800"),
    *("{", "}", "[", "]", '"', "\\", '"name"', '"arguments"', "pay", "1", PAY_JSON, LIST, "{}"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=examples(4), deadline=None)
def test_no_text_raises_and_every_call_stands_in_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    for item in MARKED_JSON.read(text):
        if isinstance(item, Proposal):
            assert item.name in text
            assert any(mark in text for mark in MARKED_JSON.marks)
