"""What goes in comes out, typed, whichever dialect wrote or read it."""

import copy
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO

import orjson
import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import readers, writers
from schemas.avro import as_fastavro, fingerprint
from schemas.codec import decode, decode_as, encode, encode_json
from schemas.events import Event, Executed, UserContext
from schemas.names import Topic
from schemas.registry import MODELS, WRITTEN_BY_OTHERS, current
from schemas.wire import HEADER, MARKER
from tests.examples import examples
from tests.unit.schemas.any_event import any_event
from tests.unit.schemas.examples import EXAMPLES

every_topic = pytest.mark.parametrize("topic", list(Topic))
few = settings(
    max_examples=examples(0.3),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_every_topic_has_a_model() -> None:
    assert set(MODELS) == set(Topic)
    assert len(set(MODELS.values())) == len(MODELS)


@every_topic
@given(data=st.data())
@few
def test_any_event_comes_back_as_it_was(topic: Topic, data: st.DataObject) -> None:
    model = MODELS[topic]
    event = data.draw(any_event(model))
    value = encode(event)
    back = decode(topic, value)
    assert back == event
    _assert_typed_alike(back, event)

    # Both dialects, and fastavro, agree about the bytes.
    header, body = value[:HEADER], value[HEADER:]
    assert header == MARKER + fingerprint(current(model))
    assert _written(event, careful=False) == _written(event, careful=True) == body
    for careful in (False, True):
        assert readers.reader(model, careful=careful)(body, 0) == (event, len(body))
    schema, stream, again = parse_schema(as_fastavro(current(model))), BytesIO(body), BytesIO()
    content = schemaless_reader(stream, schema, None)
    assert stream.read() == b""
    schemaless_writer(again, schema, content)
    assert again.getvalue() == body


@pytest.mark.parametrize("topic", [t for t, m in MODELS.items() if m in WRITTEN_BY_OTHERS])
@given(data=st.data())
@few
def test_json_comes_back_as_the_same_event(topic: Topic, data: st.DataObject) -> None:
    event = data.draw(any_event(MODELS[topic]))
    back = decode(topic, encode_json(event))
    assert back == event
    _assert_typed_alike(back, event)


@every_topic
def test_a_decoded_event_is_like_one_that_was_built(topic: Topic) -> None:
    built = EXAMPLES[topic]
    event = decode(topic, encode(built))
    assert event == built == type(built).model_validate(built.model_dump())
    assert event.model_dump() == built.model_dump()
    assert event.model_dump_json() == built.model_dump_json()
    assert copy.deepcopy(event) == built
    assert repr(event) == repr(built)
    field = next(iter(type(event).model_fields))
    assert event.model_copy(update={field: "other"}) != built
    assert event == built
    with pytest.raises(ValueError, match="frozen"):
        setattr(event, field, "x")


def test_times_come_back_in_utc() -> None:
    value = (
        b'{"decision_id":"d","type":"approve","tenant_id":"t","actor":"a",'
        b'"at":"2026-03-01T10:00:00+05:30"}'
    )
    event = decode(Topic.DECISIONS, value)
    again = decode(Topic.DECISIONS, encode(event))
    for one in (event, again):
        at = one.model_dump()["at"]
        assert at == datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
        assert at.tzinfo is UTC


def test_an_event_of_a_richer_kind_is_written_as_the_field_says() -> None:
    report = EXAMPLES[Topic.REPORTS].model_copy(update={"action": EXAMPLES[Topic.EXECUTED]})
    assert encode(report) == encode(EXAMPLES[Topic.REPORTS])


def test_a_model_that_stands_on_no_topic_is_refused() -> None:
    with pytest.raises(TypeError, match="UserContext stands on no topic"):
        encode(UserContext())


def test_a_value_its_type_forbids_is_a_bug_and_says_where() -> None:
    broken = EXAMPLES[Topic.DRAFTED].model_copy(update={"tool": 5})
    with pytest.raises(TypeError, match="tool: int is no text"):
        encode(broken)


def test_decoding_by_model_gives_that_model() -> None:
    event: Executed = decode_as(Executed, encode(EXAMPLES[Topic.EXECUTED]))
    assert event.approval.by == ["policy:safety_mode"]


@pytest.mark.parametrize("careful", [True, False])
def test_arrays_in_several_blocks_with_their_sizes_are_read(careful: bool) -> None:
    # As writers may write that know a block's size: a negative count, then the bytes.
    body = b"\x00" + b"\x01\x04\x02a" + b"\x02\x02b" + b"\x00" + b"\x00"
    event, end = readers.reader(UserContext, careful=careful)(body, 0)
    assert event == UserContext(roles=["a", "b"])
    assert end == len(body)


def test_json_text_is_what_the_model_dumps() -> None:
    for event in EXAMPLES.values():
        assert orjson.loads(encode_json(event)) == event.model_dump(mode="json")


def _written(event: Event, *, careful: bool) -> bytes:
    parts: list[bytes] = []
    writers.writer(type(event), careful=careful)(event, parts.append)
    return b"".join(parts)


def _assert_typed_alike(one: object, other: object) -> None:
    """Equality is not enough: a StrEnum equals its text, and True equals 1."""
    if isinstance(one, datetime):
        assert one.tzinfo is UTC
        return
    assert type(one) is type(other)
    if isinstance(one, BaseModel) and isinstance(other, BaseModel):
        assert list(vars(one)) == list(type(one).model_fields)
        for name, value in vars(one).items():
            _assert_typed_alike(value, getattr(other, name))
    elif isinstance(one, list) and isinstance(other, list):
        for a, b in zip(one, other, strict=True):
            _assert_typed_alike(a, b)
    elif isinstance(one, dict) and isinstance(other, dict):
        for key, value in one.items():
            _assert_typed_alike(value, other[key])
    elif isinstance(one, StrEnum):
        assert one is other
