"""How much an output may hold, each bound with its code."""

import pytest
from pydantic import JsonValue

from processors.formats import Proposal, Unreadable, read_output
from processors.formats.limits import LONGEST_STRING
from processors.formats.react import MOST_SECTIONS


def nested(levels: int) -> JsonValue:
    value: JsonValue = "x"
    for _ in range(levels):
        value = [value]
    return value


def action(value: JsonValue) -> JsonValue:
    return {"actions": [{"action_type": "pay", "parameters": {"a/b": value}}]}


def text(value: str) -> str:
    return f'{{"actions": [{{"action_type": "pay", "parameters": {{"a": {value}}}}}]}}'


def told(output: JsonValue) -> list[tuple[str, str]]:
    return [
        (item.code, item.pointer) if isinstance(item, Unreadable) else (item.name, "")
        for item in read_output(output)
    ]


AT = "/actions/0/parameters/a~1b"
TWICE = text('1, "a": 2')
LONG = "x" * (LONGEST_STRING + 1)
BEYOND: list[tuple[JsonValue, str, str]] = [
    ("x" * 262_145, "output_too_large", ""),
    ("é" * 131_073, "output_too_large", ""),
    (action(["x" * 1_000] * 263), "output_too_large", ""),
    ({"actions": [{}] * 51}, "too_many_actions", ""),
    (action(nested(29)), "output_too_deep", ""),
    (action(nested(2_000)), "output_too_deep", ""),
    (text("[" * 29 + "]" * 29), "output_too_deep", ""),
    (text("[" * 20_000 + "]" * 20_000), "output_too_deep", ""),
    (f"<tool_call>{text('[' * 40 + ']' * 40)}</tool_call>", "output_too_deep", ""),
    (f"[pay(a={'[' * 40 + ']' * 40})]", "output_too_deep", "/a" + "/0" * 31),
    (action(LONG), "string_too_long", AT),
    (action([{"b": LONG}]), "string_too_long", AT + "/0/b"),
    (action({LONG: 1}), "string_too_long", AT),
    (text(f'"{LONG}"'), "string_too_long", "/actions/0/parameters/a"),
    (f"<function=pay>\n<parameter=a>{LONG}</parameter>\n</function>", "string_too_long", "/a"),
    (f'Action: pay\nAction Input: {{"a": "{LONG}"}}', "string_too_long", "/a"),
    (action(2**64), "number_out_of_range", ""),
    (text(str(2**64)), "number_out_of_range", ""),
    (text("9" * 9_000), "number_out_of_range", ""),
    (f"[pay(a={2**64})]", "number_out_of_range", "/a"),
    (action(float("nan")), "number_out_of_range", AT),
    (action(float("inf")), "number_out_of_range", AT),
    (text("NaN"), "output_not_json", ""),
    (action("\ud800"), "output_not_json", ""),
    (text('"\ud800"'), "output_not_json", ""),
    (text('"\\ud800"'), "output_not_json", ""),
    ("<function=pay>\n<parameter=a>\ud800</parameter>\n</function>", "text_not_unicode", "/a"),
    (action("\x00"), "unsupported_character", AT),
    (text('"\\u0000"'), "unsupported_character", "/actions/0/parameters/a"),
    (text('"\x00"'), "output_not_json", ""),
    (text('{"b": 1, "b": 1}'), "duplicate_key", ""),
    (text('{"b": 1, "\\u0062": 2}'), "duplicate_key", ""),
    ('{"actions": [], "actions": []}', "duplicate_key", ""),
    (f"```json\n{TWICE}\n```", "duplicate_key", ""),
    (f"I pay: {TWICE}", "duplicate_key", ""),
    ('Action: pay\nAction Input: {"a": 1, "a": 2}', "duplicate_key", ""),
    ('<tool_call>{"name": "pay", "name": "ask", "arguments": {}}</tool_call>', "duplicate_key", ""),
    ({"tool": "pay", "args": '{"a": 1, "a": 2}'}, "duplicate_key", "/args"),
    ("{} " * 100 + '{"a": 1} ' * 201, "output_too_complex", ""),
    ("Action: pay\nAction Input: {}\n" * (MOST_SECTIONS // 2 + 1), "output_too_complex", ""),
]


@pytest.mark.parametrize(("output", "code", "pointer"), BEYOND, ids=[row[1] for row in BEYOND])
def test_what_is_beyond_a_bound_is_told(output: JsonValue, code: str, pointer: str) -> None:
    assert told(output) == [(code, pointer)]


@pytest.mark.parametrize(
    "output",
    [
        action(nested(28)),
        text("[" * 28 + "]" * 28),
        action("x" * LONGEST_STRING),
        action([2**64 - 1, -(2**63)]),
        {"analysis": LONG, "actions": [{"action_type": "pay", "parameters": {}}]},
        text('[{"b": 1}, {"b": 2}]'),
        text('"12:30, see http://x: y"'),
        '{"a": 1} ' * 199 + '{"name": "pay", "arguments": {}}',
    ],
)
def test_what_is_within_the_bounds_is_read(output: JsonValue) -> None:
    assert told(output) == [("pay", "")]


def test_reasoning_is_shortened() -> None:
    [found] = read_output({"actions": [{"tool": "pay", "args": {}, "reasoning": LONG}]})
    assert isinstance(found, Proposal)
    assert len(found.reasoning or "") == 4_000
