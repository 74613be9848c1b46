"""Whatever the bytes: an event, or a RecordFault with a code a person can act on."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.avro import fingerprint
from schemas.codec import decode, encode
from schemas.events import Event
from schemas.faults import RecordFault
from schemas.names import Topic
from schemas.registry import MODELS, WRITTEN_BY_OTHERS, current
from schemas.wire import HEADER, MARKER
from tests.examples import examples
from tests.unit.schemas.examples import EXAMPLES

OURS = [topic for topic, model in MODELS.items() if model not in WRITTEN_BY_OTHERS]
OTHERS = [topic for topic, model in MODELS.items() if model in WRITTEN_BY_OTHERS]
HEADERS = {topic: MARKER + fingerprint(current(model)) for topic, model in MODELS.items()}

every_topic = pytest.mark.parametrize("topic", list(Topic))


def fault(topic: Topic, value: bytes | None) -> RecordFault:
    with pytest.raises(RecordFault) as caught:
        decode(topic, value)
    return caught.value


@every_topic
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "tombstone"),
        (b"", "empty"),
        (b"\x00", "unsupported_encoding"),
        (b"\x00\x00\x00\x00\x07body", "unsupported_encoding"),
        (MARKER, "not_avro"),
        (MARKER + b"\x01\x02\x03", "not_avro"),
        (MARKER + bytes(8), "unknown_fingerprint"),
        (MARKER + b"12345678 and a body", "unknown_fingerprint"),
        (b"\xc3", "not_avro"),
        (b"\xc3\x02anything", "not_avro"),
    ],
)
def test_values_that_are_no_record_of_ours(topic: Topic, value: bytes | None, code: str) -> None:
    assert fault(topic, value).code == code


@every_topic
def test_a_body_cut_short_anywhere_is_not_avro(topic: Topic) -> None:
    value = encode(EXAMPLES[topic])
    for end in range(1, len(value)):
        assert fault(topic, value[:end]).code == "not_avro"


@every_topic
def test_a_body_with_more_behind_it_is_not_avro(topic: Topic) -> None:
    assert fault(topic, encode(EXAMPLES[topic]) + b"\x00").code == "not_avro"


@pytest.mark.parametrize("topic", OURS)
def test_json_is_not_taken_where_only_stages_write(topic: Topic) -> None:
    assert fault(topic, b'{"action_id": "a"}').code == "not_avro"


def test_a_record_on_the_wrong_topic_is_not_read_as_another() -> None:
    value = encode(EXAMPLES[Topic.DRAFTED])
    assert fault(Topic.ASSESSED, value).code == "unknown_fingerprint"


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        (b'{"plan":"pro"', b'{"plan":"pro,', "not_json", "tenant_ctx"),
        (b'{"plan":"pro","region":"latam"}', b'["plan","pro","region","latam"]', "wrong_type", ""),
        (b"tenant-react-lab", b"tenant\0react-lab", "bad_field", "tenant_id"),
        (b"resp-0001", b"resp\x000001", "bad_field", "response_id"),
        (b"create_task", b"create\xfftask", "not_avro", ""),
    ],
)
def test_a_field_that_holds_what_it_must_not(old: bytes, new: bytes, code: str, field: str) -> None:
    found = fault(Topic.DRAFTED, _replaced(encode(EXAMPLES[Topic.DRAFTED]), old, new))
    assert found.code == code
    assert field in found.text


def test_an_unknown_member_is_a_fault_of_the_field() -> None:
    value = _replaced(encode(EXAMPLES[Topic.ASSESSED]), b"auto_approve", b"auto_destroy")
    found = fault(Topic.ASSESSED, value)
    assert found.code == "bad_field"
    assert "verdict" in found.text
    assert "destroy" not in found.text


@every_topic
@given(value=st.binary(max_size=200))
@example(b"{" * 300)
@settings(max_examples=examples(), deadline=None)
def test_arbitrary_bytes_never_raise_anything_else(topic: Topic, value: bytes) -> None:
    _event_or_fault(topic, value)
    _event_or_fault(topic, HEADERS[topic] + value)


@every_topic
@given(data=st.data())
@settings(max_examples=examples(), deadline=None)
def test_damaged_records_never_raise_anything_else(topic: Topic, data: st.DataObject) -> None:
    value = bytearray(encode(EXAMPLES[topic]))
    at = data.draw(st.integers(HEADER, len(value) - 1))
    match data.draw(st.sampled_from(["change", "insert", "delete", "swap"])):
        case "change":
            value[at] = data.draw(st.integers(0, 255))
        case "insert":
            value[at:at] = data.draw(st.binary(min_size=1, max_size=12))
        case "delete":
            del value[at : at + data.draw(st.integers(1, 12))]
        case _:
            other = data.draw(st.integers(HEADER, len(value) - 1))
            value[at], value[other] = value[other], value[at]
    _event_or_fault(topic, bytes(value))


@pytest.mark.parametrize("topic", OTHERS)
@given(data=st.data())
@settings(max_examples=examples(0.5), deadline=None)
def test_any_json_never_raises_anything_else(topic: Topic, data: st.DataObject) -> None:
    names = list(MODELS[topic].model_fields)
    json = st.recursive(
        st.sampled_from(["null", "true", "0", "-1", "1e400", '""', '"\\ud800"', '"\\u0000"']),
        lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]"),
    )
    fields = data.draw(st.dictionaries(st.sampled_from(names), json))
    text = ",".join(f'"{name}":{value}' for name, value in fields.items())
    _event_or_fault(topic, b"{" + text.encode() + b"}")


def _event_or_fault(topic: Topic, value: bytes) -> None:
    try:
        event = decode(topic, value)
    except RecordFault as caught:
        found = caught
    else:
        assert isinstance(event, Event)
        assert decode(topic, encode(event)) == event or "nan" in repr(event)
        return
    assert len(found.text) < 400


def _replaced(value: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert old in value
    return value.replace(old, new)
