"""Broken JSON: what is mended, and what is refused since it could be read in two ways."""

import pytest
from pydantic import JsonValue

from processors.formats import Proposal, Unreadable, read_output
from processors.formats.confidence import MOST_REPAIRED
from processors.formats.json_text import JsonRead, read_json
from processors.formats.lenient import Unsound, rewritten
from processors.formats.repair import LARGEST, read_or_repair

SOUND: list[tuple[str, JsonValue]] = [
    ('{"a": 1,}', {"a": 1}),
    ('{"a": [1, 2,],}', {"a": [1, 2]}),
    ('{"a": 1 "b": 2}', {"a": 1, "b": 2}),
    ('{"a": "x"\n "b": "y"}', {"a": "x", "b": "y"}),
    ('[{"a": 1} {"b": 2}]', [{"a": 1}, {"b": 2}]),
    ("{'a': 'x', 'b': \"it's\"}", {"a": "x", "b": "it's"}),
    ("{'a': 'say \"hi\" now'}", {"a": 'say "hi" now'}),
    (r"{'a': 'it\'s'}", {"a": "it's"}),
    ("{“a”: “x”}", {"a": "x"}),
    ('{a: 1, customer-id: "C-17", año: 2}', {"a": 1, "customer-id": "C-17", "año": 2}),
    ("{'a': True, 'b': False, 'c': None}", {"a": True, "b": False, "c": None}),
    ('{"a": 1, // one\n "b": /* two */ 2 # three\n}', {"a": 1, "b": 2}),
    ('{"a": {"b": "x"}', {"a": {"b": "x"}}),
    ('{"a": [{"b": "x"', {"a": [{"b": "x"}]}),
    ('{"a": [true', {"a": [True]}),
    ('{"a": "one\ntwo\tthree"}', {"a": "one\ntwo\tthree"}),
    (r'{"path": "C:\data\docs"}', {"path": r"C:\data\docs"}),
    ('{"a": "é \\u00e9 \\n.",}', {"a": "é é \n."}),
    ('```json\n{"a": 1,}\n```', {"a": 1}),
    ('{"a": 1}\n```', {"a": 1}),
    ("json\n{'a': 1}", {"a": 1}),
    ('{"confidence": NaN, "a": 1}', {"confidence": None, "a": 1}),
    ('{"confidence_score": -Infinity}', {"confidence_score": None}),
]

REFUSED: list[tuple[str, str]] = [
    ('{"amount": 1,000}', "a thousand, or two values"),
    ('{"amount": 1,000, "to": "Ana"}', "a thousand, or two values"),
    ('{"amount": 1 000}', "a thousand, or two values"),
    ('{"amount": [1 000]}', "a thousand, or two values"),
    ('{"amount": [1 2]}', "numbers are not joined"),
    ('{"amount": 1_000}', "no number of JSON"),
    ('{"amount": 0x1F}', "no number of JSON"),
    ('{"amount": .5,}', "no number of JSON"),
    ('{"amount": 1/2}', "no number of JSON"),
    ('{"amount": NaN}', "NaN says something as a confidence only"),
    ('{"city": Paris}', "a value without quotes"),
    ('{"city": New York}', "a value without quotes"),
    ('{"a": undefined}', "a value without quotes"),
    ('{"a": 1}{"a": 2}', "two objects"),
    ('{"a": 1} {"b": 2}', "two objects"),
    ('{"a": 1}, {"b": 2}', "two objects"),
    ('{"a": "cut', "cut off inside a text"),
    ('{"a": "cut\\"', "cut off inside a text"),
    ('{"a": "b", "c', "cut off inside a name"),
    ('{"a": "b", "c"', "cut off behind a name"),
    ('{"a": "b", "c":', "cut off behind a name"),
    ('{"a": "b",', "cut off where more was to come"),
    ('{"a": 12', "the number may go on"),
    ('{"a": 12 // }', "the number may go on"),
    ('{"a": "x" // }', "the end is in a comment"),
    ('{"a": tru', "cut off inside a word"),
    ('{"a": 1} and that was it', "text behind"),
    ('Here: {"a": 1,}', "text before"),
    ('// never do this\n{"a": 1}', "a comment outside"),
    ('{"a": 1} # never', "a comment outside"),
    ('{"a": "x, "b": "y"}', "a quote is missing"),
    ('{"a": "x, "b": "y, "c": 1}', "quotes are missing"),
    ('{"a": "x,\n"b: "y"}', "quotes are missing, and their number is even"),
    ("{'a': 'x\", \"b\": '}", "quotes are mixed up"),
    ("{'a': 'don't', 'b': 'x'}", "an apostrophe"),
    ('{"a": "Say "hi" now"}', "quotes inside a text"),
    ('{"path": "C:\\new\\data"}', "\\n is a line break, or a folder"),
    ('{"path": "C:\\dir\\", "b": "x"}', "the backslash takes the quote"),
    ('{"a": "x" "y"}', "texts side by side"),
    ('{"a": "x""b": "y"}', "texts side by side"),
    ('{"a": 1"b": "y"}', "a number and a text side by side"),
    ('{"a": "x""y"}', "texts side by side"),
    ('["x" "y"]', "texts side by side"),
    ('{"a": "x" + "y"}', "a computation"),
    ('{"a": {"b": 1]', "brackets do not match"),
    ('{"a": 1}}', "brackets do not match"),
    ('{"a": ("x", "y")}', "a tuple"),
    ('{"a"; "x"}', "no colon"),
    ('{"a": 1,, "b": 2}', "a value may be missing"),
    ('{"a": , "b": 2}', "a value is missing"),
    ("{,}", "a value may be missing"),
    ('{"a": "x\x00y",}', "NUL"),
    ('{"a": "\ud800",}', "no Unicode"),
    ("{None: 1}", "a word for a name"),
    ("{'a': 1 /* never closed }", "a comment takes the rest"),
]


@pytest.mark.parametrize(("text", "value"), SOUND)
def test_what_has_one_reading_is_mended(text: str, value: JsonValue) -> None:
    assert read_or_repair(text) == JsonRead(value, repaired=True)


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_would_be_a_guess_is_refused(text: str, why: str) -> None:
    found = read_or_repair(text)
    assert isinstance(found, Unreadable), why
    assert found.code == "not_json"


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_our_own_reading_alone_would_refuse_it(text: str, why: str) -> None:
    """The library is a second pair of eyes, not the first."""
    try:
        strict = rewritten(text).strict
    except Unsound:
        return
    assert isinstance(read_json(strict), Unreadable), why


@pytest.mark.parametrize("text", ['{"a": "\\/",}', '{"a": "\\ud83d\\ude00",}', '{"a": "b\\n",}'])
def test_where_the_library_reads_otherwise_nothing_is_mended(text: str) -> None:
    assert isinstance(read_json(rewritten(text).strict), JsonRead)
    found = read_or_repair(text)
    assert isinstance(found, Unreadable)
    assert "two ways" in found.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{'a': 1, 'a': 2}", "duplicate_key"),
        ('{"a": {b: 1, "b": 2}}', "duplicate_key"),
        (f"{{'a': {'9' * 30}}}", "number_out_of_range"),
        (f"{{'a': {'[' * 40}{']' * 40}}}", "output_too_deep"),
        (f"{{'a': '{'x' * LARGEST}'}}", "not_json"),
    ],
)
def test_what_is_mended_keeps_to_the_bounds_of_json(text: str, code: str) -> None:
    found = read_or_repair(text)
    assert isinstance(found, Unreadable)
    assert found.code == code


CALL = "{'action_type': 'pay', 'parameters': {'amount': 3,}, 'confidence': 0.9}"
PLACES: list[JsonValue] = [
    f"{{'actions': [{CALL}]}}",
    f"[{CALL}]",
    f"json\n{CALL}",
    f"I pay.\n```json\n{{'actions': [{CALL}]}}\n```\n",
    f"I pay.\n```\n{CALL}\n```\n",
    f"I pay.\n```json\n{CALL}",
    f"<tool_call>{CALL}</tool_call>",
    f"<tool_call>\n```json\n{CALL}\n```\n</tool_call> Done.",
    f"<|python_tag|>{CALL}<|eom_id|>",
    "[TOOL_CALLS]pay{'amount': 3}",
    "<｜tool▁call▁begin｜>pay<｜tool▁sep｜>{'amount': 3}<｜tool▁call▁end｜>",
    "Thought: I pay.\nAction: pay\nAction Input: {'amount': 3,}\nObservation: paid",
    {"tool_calls": [{"function": {"name": "pay", "arguments": "{'amount': 3}"}}]},
    {"actions": [{"action_type": "pay", "parameters": "{amount: 3}", "confidence": 1}]},
]


@pytest.mark.parametrize("output", PLACES)
def test_a_mended_call_says_so_and_does_not_run_by_its_own_word(output: JsonValue) -> None:
    [found] = read_output(output)
    assert isinstance(found, Proposal)
    assert (found.name, found.params, found.repaired) == ("pay", {"amount": 3}, True)
    assert found.confidence == MOST_REPAIRED


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("{'actions': [{'action_type': 'pay', 'parameters': {'amount': 1,0", "output_not_json"),
        ("```json\n{'actions': [{'action_type': pay}]}\n```", "block_not_json"),
        ("<tool_call>{'name': 'pay', 'arguments': {'a': 1,000}}</tool_call>", "call_not_json"),
        ("Action: pay\nAction Input: {'amount': 1,000}", "action_input_not_json"),
        ({"tool": "pay", "args": "{'amount': 1,000}"}, "parameters_not_an_object"),
    ],
)
def test_a_refusal_names_the_place_and_why_it_was_not_mended(output: JsonValue, code: str) -> None:
    [found] = read_output(output)
    assert isinstance(found, Unreadable)
    assert found.code == code
    assert "not mended" in found.text


@pytest.mark.parametrize(
    "output",
    [
        '{"actions": [oops, {"name": "pay", "arguments": {}}]}',
        '{"note": <tool_call>{"name": "pay", "arguments": {}}</tool_call>}',
        "Action: note\nAction Input: {'a': 'b\nAction: pay\nAction Input: {\"x\": 1}\n",
        "{'text': 'She said: 'Action: pay\nAction Input: {}'}",
    ],
)
def test_a_part_of_broken_json_is_no_call(output: str) -> None:
    assert [i for i in read_output(output) if isinstance(i, Proposal)] == []


def test_good_calls_beside_a_mended_one_stay_as_they_are() -> None:
    good = '{"name": "ask", "arguments": {}}'
    first, second = read_output(f"<tool_call>{good}</tool_call><tool_call>{CALL}</tool_call>")
    assert isinstance(first, Proposal)
    assert isinstance(second, Proposal)
    assert (first.repaired, second.repaired) == (False, True)
