"""JSON on the three topics that others write, and the traps in it."""

import contextlib
import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import pytest
from pydantic import JsonValue

from schemas.codec import decode, encode, encode_json
from schemas.events import Decision, LlmResponse, Setting
from schemas.faults import RecordFault
from schemas.jsontext import MAX_DEPTH
from schemas.names import DecisionType, SettingKind, Topic
from tests.unit.schemas.examples import DECISION, DRAFTED, RESPONSE, SETTING

SMALLEST: dict[Topic, dict[str, JsonValue]] = {
    Topic.RESPONSES: {"response_id": "r", "tenant_id": "t", "output": "text"},
    Topic.DECISIONS: {
        "decision_id": "d",
        "type": "approve",
        "tenant_id": "t",
        "actor": "maria",
        "at": "2026-03-01T09:30:00Z",
    },
    Topic.SETTINGS: {
        "kind": "flag",
        "key": "agent-action-approval",
        "actor": "ops",
        "at": "2026-03-01T09:30:00+00:00",
    },
}
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def with_field(topic: Topic, name: str, text: str) -> bytes:
    """The smallest record with one field's JSON text put in."""
    fields = {key: orjson.dumps(value).decode() for key, value in SMALLEST[topic].items()}
    fields[name] = text
    return ("{" + ",".join(f'"{key}":{value}' for key, value in fields.items()) + "}").encode()


def fault(topic: Topic, value: bytes) -> RecordFault:
    with pytest.raises(RecordFault) as caught:
        decode(topic, value)
    return caught.value


def test_the_smallest_records_others_may_write() -> None:
    read = {topic: decode(topic, orjson.dumps(value)) for topic, value in SMALLEST.items()}
    assert read == {
        Topic.RESPONSES: LlmResponse(response_id="r", tenant_id="t", output="text"),
        Topic.DECISIONS: Decision(
            decision_id="d", type=DecisionType.APPROVE, tenant_id="t", actor="maria", at=AT
        ),
        Topic.SETTINGS: Setting(
            kind=SettingKind.FLAG, key="agent-action-approval", actor="ops", at=AT
        ),
    }


@pytest.mark.parametrize("event", [RESPONSE, DECISION, SETTING])
def test_the_examples_as_json(event: LlmResponse | Decision | Setting) -> None:
    topics = {LlmResponse: Topic.RESPONSES, Decision: Topic.DECISIONS, Setting: Topic.SETTINGS}
    assert decode(topics[type(event)], encode_json(event)) == event


def test_white_space_around_and_fields_of_a_newer_writer_are_no_fault() -> None:
    value = b' \r\n\t{"response_id":"r","tenant_id":"t","output":null,"newer":[1]} \n'
    assert decode(Topic.RESPONSES, value) == LlmResponse(
        response_id="r", tenant_id="t", output=None
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b" ", "not_json"),
        (b"{", "not_json"),
        (b"hello", "not_json"),
        (b'{"a":1}{}', "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        (b'{"a":"\xff"}', "not_json"),
        (b"{'a':1}", "not_json"),
        (b"[]", "not_an_object"),
        (b' "text"', "not_an_object"),
        (b"17", "not_an_object"),
        (b"null", "not_an_object"),
        (b"{}", "missing_field"),
    ],
)
@pytest.mark.parametrize("topic", list(SMALLEST))
def test_values_that_are_no_record(topic: Topic, value: bytes, code: str) -> None:
    assert fault(topic, value).code == code


@pytest.mark.parametrize(
    ("topic", "name", "text", "code"),
    [
        (Topic.RESPONSES, "response_id", "17", "wrong_type"),
        (Topic.RESPONSES, "response_id", "null", "wrong_type"),
        (Topic.RESPONSES, "response_id", '""', "bad_field"),
        (Topic.RESPONSES, "response_id", '"' + "x" * 257 + '"', "bad_field"),
        (Topic.RESPONSES, "tenant_id", "[]", "wrong_type"),
        (Topic.RESPONSES, "tenant_ctx", "[]", "wrong_type"),
        (Topic.RESPONSES, "tool_candidates", '["a", 1]', "wrong_type"),
        (Topic.RESPONSES, "user_ctx", '{"roles": "admin"}', "wrong_type"),
        (Topic.RESPONSES, "produced_at", '"yesterday"', "wrong_type"),
        (Topic.RESPONSES, "produced_at", '"2026-03-01T09:30:00"', "bad_field"),
        (Topic.RESPONSES, "produced_at", '"0001-01-01T00:00:00+10:00"', "bad_field"),
        (Topic.DECISIONS, "type", '"obliterate"', "bad_field"),
        (Topic.DECISIONS, "revision", '"one"', "wrong_type"),
        (Topic.DECISIONS, "revision", "1.5", "bad_field"),
        (Topic.DECISIONS, "revision", str(2**63), "bad_field"),
        (Topic.DECISIONS, "revision", str(2**70), "bad_field"),
        (Topic.DECISIONS, "params", '"text"', "wrong_type"),
        (Topic.SETTINGS, "at", "null", "wrong_type"),
        (Topic.SETTINGS, "kind", '"unheard-of"', "bad_field"),
    ],
)
def test_a_field_at_fault_is_named_and_its_value_is_not(
    topic: Topic, name: str, text: str, code: str
) -> None:
    found = fault(topic, with_field(topic, name, text))
    assert found.code == code
    assert "xxx" not in found.text
    if str(2**70) not in text:  # found before the fields are looked at
        assert name in found.text


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        (Topic.RESPONSES, "response_id"),
        (Topic.RESPONSES, "tenant_id"),
        (Topic.DECISIONS, "decision_id"),
        (Topic.DECISIONS, "tenant_id"),
        (Topic.DECISIONS, "action_id"),
        (Topic.DECISIONS, "actor"),
        (Topic.SETTINGS, "key"),
        (Topic.SETTINGS, "actor"),
    ],
)
def test_no_nul_in_what_identifies(topic: Topic, name: str) -> None:
    value = with_field(topic, name, '"a\\u0000b"')
    assert (fault(topic, value).code, name in fault(topic, value).text) == ("bad_field", True)


def test_no_nul_in_a_list_of_identities_but_anywhere_else() -> None:
    ids = with_field(Topic.DECISIONS, "action_ids", '["a", "b\\u0000"]')
    assert fault(Topic.DECISIONS, ids).code == "bad_field"
    output = decode(Topic.RESPONSES, with_field(Topic.RESPONSES, "output", '"a\\u0000b"'))
    assert decode(Topic.RESPONSES, encode(output)) == output


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udfff x"', '"\\ud83d"', '{"\\ud800": 1}'])
def test_lone_surrogates_are_not_json(text: str) -> None:
    assert fault(Topic.RESPONSES, with_field(Topic.RESPONSES, "output", text)).code == "not_json"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "01", ".5", "+1"])
def test_what_only_looks_like_a_number_is_not_json(text: str) -> None:
    assert fault(Topic.RESPONSES, with_field(Topic.RESPONSES, "output", text)).code == "not_json"


@pytest.mark.parametrize("digits", [str(2**64), str(-(2**63) - 1), str(2**70), "9" * 300])
@pytest.mark.parametrize("form", ["{}", "[[{}]]", '{{"a": 1, "b": {}}}'])
def test_integers_beyond_64_bits_are_refused_not_rounded(digits: str, form: str) -> None:
    value = with_field(Topic.RESPONSES, "output", form.format(digits))
    assert fault(Topic.RESPONSES, value).code == "bad_field"


def test_an_integer_beyond_any_double_is_not_json() -> None:
    value = with_field(Topic.RESPONSES, "output", "9" * 5000)
    assert fault(Topic.RESPONSES, value).code == "not_json"


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 2**63, 10**18])
def test_integers_within_64_bits_are_kept(number: int) -> None:
    event = decode(Topic.RESPONSES, with_field(Topic.RESPONSES, "output", f"[{number}]"))
    assert decode(Topic.RESPONSES, encode(event)) == event
    assert event.model_dump()["output"] == [number]


def test_digits_in_a_text_are_no_number() -> None:
    text = f'"card 4111111111111111, trace {2**70}"'
    decode(Topic.RESPONSES, with_field(Topic.RESPONSES, "output", text))


def test_of_a_name_given_twice_the_last_value_counts() -> None:
    value = b'{"response_id":"a","response_id":"b","tenant_id":"t","output":{"x":1,"x":2}}'
    assert decode(Topic.RESPONSES, value) == LlmResponse(
        response_id="b", tenant_id="t", output={"x": 2}
    )


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":[', "]}]")])
def test_nesting_has_a_limit(opening: str, closing: str) -> None:
    levels = opening.count("[") + opening.count("{")

    def nested(depth: int) -> bytes:
        repeats = depth // levels
        return with_field(Topic.RESPONSES, "output", opening * repeats + "0" + closing * repeats)

    event = decode(Topic.RESPONSES, nested(MAX_DEPTH - levels))
    assert decode(Topic.RESPONSES, encode(event)) == event
    for depth in (MAX_DEPTH + levels, 900, 1026, 100_000):
        assert fault(Topic.RESPONSES, nested(depth)).code == "too_deep"


def test_wide_is_not_deep() -> None:
    output = [{"a": [1]}, {"b": {}}] * 1000
    event = RESPONSE.model_copy(update={"output": output})
    assert decode(Topic.RESPONSES, encode_json(event)) == event
    assert decode(Topic.RESPONSES, encode(event)) == event
    wide = DRAFTED.model_copy(update={"params": {"rows": output}})
    assert decode(Topic.DRAFTED, encode(wide)) == wide


def _seconds(value: bytes) -> float:
    """CPU time of this process: neither a busy machine nor the collector's look at other tests'
    objects is the decoder's cost."""
    best = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            start = time.process_time()
            with contextlib.suppress(RecordFault):
                decode(Topic.RESPONSES, value)
            best = min(best, time.process_time() - start)
    finally:
        gc.enable()
    return best


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (lambda size: '"' + "x" * size + '"', 3_000_000),
        (lambda size: '"' + "\\u00e9" * (size // 6) + '"', 3_000_000),
        (lambda size: "1" * size, 3_000_000),
        (lambda size: "[" * size, 3_000_000),
        (lambda size: "[" + "[]," * (size // 3) + "[]]", 240_000),
        (lambda size: "[" + "18446744073709551615," * (size // 21) + "0]", 1_200_000),
    ],
    ids=["text", "escapes", "one integer", "brackets", "arrays", "long integers"],
)
def test_a_large_record_costs_no_more_than_its_size(
    content: Callable[[int], str], size: int
) -> None:
    tenth = _seconds(with_field(Topic.RESPONSES, "output", content(size // 10)))
    whole = _seconds(with_field(Topic.RESPONSES, "output", content(size)))
    assert whole < 40 * tenth + 0.05
