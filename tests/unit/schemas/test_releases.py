"""The committed schemas are what the models say, and what was ever written stays readable.

A change here is a change for everyone who reads our records: `docs/guides/schemas.md` says how
to make one.
"""

from collections.abc import Iterator
from io import BytesIO

import orjson
import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from pydantic import JsonValue

from schemas import codec, releases
from schemas.avro import as_fastavro, fingerprint, pretty
from schemas.codec import decode, encode
from schemas.faults import RecordFault
from schemas.names import Topic
from schemas.registry import MODELS, committed, current, history
from schemas.renewal import renewal
from schemas.wire import HEADER, MARKER
from tests.unit.schemas.examples import EXAMPLES

FINGERPRINTS = {
    Topic.RESPONSES: "a118992aa34ed002",
    Topic.DRAFTED: "c848cd30d06512bc",
    Topic.ASSESSED: "2f746247389788d6",
    Topic.DECISIONS: "7150307a0bbbbc9a",
    Topic.APPROVED: "2ad575ac1a00a7c4",
    Topic.REPORTS: "a359094d257704d8",
    Topic.EXECUTED: "4a6e7ff1c177025d",
    Topic.STATE_CHANGED: "53e319f479deebbd",
    Topic.SETTINGS: "7b4ac7d55b454d63",
}
"""The newest version of each, little-endian as on the wire. Apache's Java library agrees."""

every_topic = pytest.mark.parametrize("topic", list(Topic))


@every_topic
def test_the_fingerprint_is_the_released_one(topic: Topic) -> None:
    assert fingerprint(current(MODELS[topic])).hex() == FINGERPRINTS[topic]


@every_topic
def test_the_committed_schema_is_what_the_model_says(topic: Topic) -> None:
    assert committed(MODELS[topic]) == pretty(current(MODELS[topic]))


@every_topic
def test_the_schema_is_released_and_compatible_with_every_version(topic: Topic) -> None:
    assert releases.findings(MODELS[topic]) == []
    versions = list(history(MODELS[topic]))
    assert versions == list(range(1, len(versions) + 1))


@every_topic
def test_records_of_every_released_version_are_read(topic: Topic) -> None:
    example = EXAMPLES[topic]
    for schema in history(MODELS[topic]).values():
        value = _written_with(schema, topic)
        event = decode(topic, value)
        written = {field["name"] for field in orjson.loads(pretty(schema))["fields"]}
        for name in written & set(type(example).model_fields):
            assert getattr(event, name) == getattr(example, name)


def test_a_record_of_an_earlier_version_gets_the_defaults_it_lacks(
    earlier: JsonValue,
) -> None:
    event = decode(Topic.STATE_CHANGED, _written_with(earlier, Topic.STATE_CHANGED))
    assert event == EXAMPLES[Topic.STATE_CHANGED]


def test_a_damaged_record_of_an_earlier_version_is_not_avro(earlier: JsonValue) -> None:
    value = _written_with(earlier, Topic.STATE_CHANGED)
    damaged = [value[:end] for end in range(HEADER, len(value))] + [value + b"\0"]
    for one in damaged:
        with pytest.raises(RecordFault) as caught:
            decode(Topic.STATE_CHANGED, one)
        assert caught.value.code == "not_avro"


def test_renewal_promotes_reorders_and_drops() -> None:
    old: JsonValue = {
        "type": "record",
        "name": "R",
        "fields": [
            {"name": "gone", "type": "string"},
            {"name": "n", "type": "int"},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        ],
    }
    new: JsonValue = {
        "type": "record",
        "name": "R",
        "fields": [
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {"name": "added", "type": "string", "default": "d"},
            {"name": "n", "type": ["null", "double"], "default": None},
        ],
    }
    beyond_any_year = 2**62
    stream = BytesIO()
    content = {"gone": "x", "n": 7, "at": beyond_any_year}
    schemaless_writer(stream, parse_schema(as_fastavro(old)), content)
    body = BytesIO(renewal(old, new)(stream.getvalue()))
    plain: JsonValue = orjson.loads(orjson.dumps(new).replace(b'"timestamp-micros"', b'"none"'))
    assert schemaless_reader(body, parse_schema(as_fastavro(plain)), None) == {
        "at": beyond_any_year,
        "added": "d",
        "n": 7.0,
    }


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> Iterator[JsonValue]:
    """StateChanged as it might have been before its last field, known to the codec."""
    model = MODELS[Topic.STATE_CHANGED]
    schema = orjson.loads(pretty(current(model)))
    schema["fields"].pop()
    for field in schema["fields"]:
        if field["name"] == "retries":
            field["type"] = ["null", "int"]
    known = {fingerprint(one): one for one in (schema, current(model))}
    monkeypatch.setattr(codec, "writers_of", lambda _: known)
    codec._readings.cache_clear()
    yield schema
    codec._readings.cache_clear()


def _written_with(schema: JsonValue, topic: Topic) -> bytes:
    """The topic's example as a writer of that schema would have written it."""
    newest = parse_schema(as_fastavro(current(MODELS[topic])))
    body = BytesIO(encode(EXAMPLES[topic])[HEADER:])
    content = schemaless_reader(body, newest, None)
    stream = BytesIO()
    schemaless_writer(stream, parse_schema(as_fastavro(schema)), content)
    return MARKER + fingerprint(schema) + stream.getvalue()
