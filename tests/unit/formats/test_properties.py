"""What holds for every output; the long run is `make fuzz`."""

import html
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from json_repair import repair_json
from pydantic import JsonValue

from processors.formats import Proposal
from processors.formats.json_text import JsonPart, JsonRead
from tests.examples import examples
from tests.fragments import OBJECTS, PIECES, TEXTS, enveloped
from tests.promises import broken_promises
from tests.quoting import unquoted

pieces = st.sampled_from(PIECES)
texts = st.lists(pieces | st.text(max_size=4), max_size=12).map("".join)
numbers = st.integers() | st.floats() | st.sampled_from([2**63, 2**64 - 1, 2**64, -(2**63) - 1])
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | numbers | pieces,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(pieces, inner, max_size=3),
    max_leaves=8,
)
few = settings(max_examples=examples(), suppress_health_check=list(HealthCheck))


@few
@given(texts)
def test_any_text_keeps_every_promise(text: str) -> None:
    assert broken_promises(text) == []


@few
@given(st.sampled_from(TEXTS), st.integers(0, 400), texts)
def test_a_call_with_anything_put_into_it_keeps_every_promise(text: str, at: int, put: str) -> None:
    assert broken_promises(text[:at] + put + text[at:]) == []


@few
@given(values | texts.flatmap(lambda text: st.sampled_from(enveloped(text))))
def test_any_object_keeps_every_promise(value: JsonValue) -> None:
    assert broken_promises(value) == []


@pytest.mark.parametrize("depth", [31, 32, 33, 64, 5_000, 200_000])
@pytest.mark.parametrize("around", ["{}", '{{"name": "f", "arguments": {}}}', "<tool_call>{}"])
def test_any_depth_keeps_every_promise(around: str, depth: int) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    assert broken_promises(around.replace("{}", deep).replace("{{", "{")[:262_144]) == []


def test_every_shipped_example_is_quoted() -> None:
    assert [broken_promises(output) for output in (*TEXTS, *OBJECTS)] == [[]] * 26


# --- the oracle itself: it must be able to fail ---------------------------------------------

CALL = (
    '{"name": "pay", "arguments": {"to": "Ana", "sum": 1000, "tags": ["a\\n", null], "ok": true}}'
)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"to": "Ana", "sum": 1000, "tags": ["a\n", None], "ok": True}, CALL),
        ({"sum": 1000}, "<f>sum 1_000</f>"),
        ({"to": 'A"B'}, '{"arguments": "{\\"to\\": \\"A\\\\\\"B\\"}"}pay'),
        ({"to": "😀"}, '"to": "\\ud83d\\ude00"'),
    ],
)
def test_what_is_quoted_passes(params: dict[str, JsonValue], text: str) -> None:
    assert unquoted("pay" + text, [Proposal("pay", params, None, None, "json")]) == []


@pytest.mark.parametrize(
    ("name", "params", "text"),
    [
        ("Pay", {}, CALL),
        ("pay", {"to": "ana"}, CALL),
        ("pay", {"to": "Ana "}, CALL),
        ("pay", {"recipient": "Ana"}, CALL),
        ("pay", {"sum": 100}, CALL),
        ("pay", {"sum": -1000}, CALL),
        ("pay", {"sum": "1000.0"}, CALL),
        ("pay", {"sum": 1000}, CALL.replace("1000", "1,000")),
        ("pay", {"sum": {"to": "Ana"}}, CALL),
        ("pay", {"ok": False}, CALL),
        ("pay", {"ok": None}, CALL),
        ("pay", {"tags": [None, "a\n"]}, CALL),
        ("pay", {"to": "xy"}, "pay(to='x' 'y')"),
    ],
)
def test_what_is_invented_is_told(name: str, params: dict[str, JsonValue], text: str) -> None:
    assert len(unquoted(text, [Proposal(name, params, None, None, "json")])) == 1


SABOTAGES: dict[str, tuple[str, Any, str]] = {
    "thinking inside a value leaves no trace": (
        "processors.formats.reasoning.GONE",
        "",
        "<function=f><parameter=a>x <think>y</think> z</parameter></function>",
    ),
    "values of tags are unescaped": (
        "processors.formats.xml_calls.untyped",
        html.unescape,
        "<function=f><parameter=a>1 &lt; 2</parameter></function>",
    ),
    "a number is read as people write it": (
        "processors.formats.key_pairs.untyped",
        lambda text: int(text.replace(",", "")),
        "<tool_call>f<arg_key>a</arg_key><arg_value>1,000</arg_value></tool_call>",
    ),
    "the library mends alone": (
        "processors.formats.marked_json.part_or_repaired",
        lambda text, at, closing: JsonPart(
            JsonRead(repair_json(text[at : text.find(closing)], return_objects=True), True),
            text.find(closing),
        ),
        '<tool_call>{"name": "f", "arguments": {"a": 007}}</tool_call>',
    ),
}


@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_a_reader_that_guesses_is_found_out(sabotage: str, monkeypatch: Any) -> None:
    target, guess, text = SABOTAGES[sabotage]
    assert broken_promises(text) == []
    monkeypatch.setattr(target, guess)
    [broken] = broken_promises(text)
    assert "does not stand in the output" in broken
