"""What `encode` will not write, because nobody could read it back as it was."""

import math
from datetime import UTC, datetime

import pytest
from pydantic import JsonValue

from schemas.codec import decode, encode, encode_json
from schemas.events import Event
from schemas.faults import RecordFault
from schemas.jsontext import MAX_DEPTH
from schemas.names import Topic
from tests.unit.schemas.examples import APPROVED, ASSESSED, DRAFTED, EXAMPLES, REPORT

SURROGATE = "a\ud800b"


def fault(event: Event) -> RecordFault:
    with pytest.raises(RecordFault) as caught:
        encode(event)
    return caught.value


def nested(depth: int) -> JsonValue:
    value: JsonValue = 0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reasoning": SURROGATE}, "bad_text"),
        ({"labels": ["fine", SURROGATE]}, "bad_text"),
        ({"params": {"a": SURROGATE}}, "bad_text"),
        ({"params": {SURROGATE: 1}}, "bad_text"),
        ({"params": {"a": nested(MAX_DEPTH)}}, "too_deep"),
        ({"params": {"a": nested(300)}}, "too_deep"),
        ({"context": {"a": 2**64}}, "bad_field"),
        ({"context": {"a": math.nan}}, "bad_field"),
        ({"context": {"a": [None, {"b": math.inf}]}}, "bad_field"),
        ({"context": {1: 2}}, "bad_field"),
        ({"sequence": 2**63}, "bad_field"),
        ({"revision": -(2**63) - 1}, "bad_field"),
        ({"confidence": 10**400}, "bad_field"),
        ({"drafted_at": datetime(2026, 3, 1)}, "bad_field"),
    ],
)
def test_what_could_not_be_read_back(change: dict[str, object], code: str) -> None:
    found = fault(DRAFTED.model_copy(update=change))
    assert found.code == code
    assert next(iter(change)) in found.text
    assert len(found.text) < 300


def test_the_field_is_named_wherever_it_is() -> None:
    reason = ASSESSED.reasons[0].model_copy(update={"text": SURROGATE})
    assert "text" in fault(ASSESSED.model_copy(update={"reasons": [reason]})).text
    action = APPROVED.model_copy(update={"params": {"a": SURROGATE}})
    assert "params" in fault(REPORT.model_copy(update={"action": action})).text


def test_nulls_in_json_are_not_mistaken_for_nan() -> None:
    event = DRAFTED.model_copy(
        update={"params": {"a": None, "b": [None, {"c": None}], "d": "null"}}
    )
    assert decode(Topic.DRAFTED, encode(event)) == event


def test_what_is_nested_as_deep_as_allowed_is_written() -> None:
    event = DRAFTED.model_copy(update={"params": {"a": nested(MAX_DEPTH - 1)}})
    assert decode(Topic.DRAFTED, encode(event)) == event


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reasoning": SURROGATE}, "bad_text"),
        ({"params": {"a": SURROGATE}}, "bad_text"),
        ({"params": {"a": nested(MAX_DEPTH)}}, "too_deep"),
        ({"params": {"a": 2**64}}, "bad_field"),
        ({"confidence": math.nan}, "bad_field"),
    ],
)
def test_json_text_is_refused_alike(change: dict[str, object], code: str) -> None:
    with pytest.raises(RecordFault) as caught:
        encode_json(DRAFTED.model_copy(update=change))
    assert caught.value.code == code


def test_encoding_leaves_the_event_as_it_was() -> None:
    for event in EXAMPLES.values():
        before = event.model_copy(deep=True)
        encode(event)
        assert event == before


def test_times_of_any_zone_are_the_same_instant() -> None:
    local = datetime.fromisoformat("2026-03-01T15:00:12.345678+05:30")
    event = DRAFTED.model_copy(update={"drafted_at": local})
    assert encode(event) == encode(DRAFTED)
    assert local.astimezone(UTC) == DRAFTED.drafted_at
