"""Events to bytes and back.

Values are Avro in single-object encoding (specification 1.12, "Single-object encoding"):

    C3 01 | fingerprint, 8 bytes, little-endian | body

The fingerprint is the CRC-64-AVRO of the schema the body was written with; every schema
ever released is known (`registry.py`), so a record of any age is read. Topics that others
write take JSON objects too. How large a value may be is the topic's affair, not the codec's.
"""

from collections.abc import Callable
from functools import cache
from typing import TypeVar, cast

from pydantic_core import PydanticSerializationError

from schemas import jsontext, readers, writers
from schemas.avro import Schema, fingerprint
from schemas.edges import constrained, from_json
from schemas.events import Event
from schemas.faults import RecordFault
from schemas.names import Topic
from schemas.registry import MODELS, WRITTEN_BY_OTHERS, current, writers_of
from schemas.renewal import renewal
from schemas.wire import HEADER, MARKER, recall, remember

E = TypeVar("E", bound=Event)

CONFLUENT_MARKER = b"\x00"


def encode(event: Event) -> bytes:
    """An event of a topic as its value: single-object encoding.

    Raises:
        RecordFault: `bad_text` (a lone surrogate), `too_deep` (JSON nested beyond
            `jsontext.MAX_DEPTH`), `bad_field` (an integer beyond 64 bits, a time without a
            zone, a number JSON has no text for).
        TypeError: the model stands on no topic, or a field holds what its type forbids.
    """
    try:
        read_from: bytes = recall(event)
        return read_from
    except AttributeError:
        pass
    header, fast, careful = _writing(type(event))
    try:
        value = _written(header, fast, event)
    except writers.ODD:
        return _written(header, careful, event)
    return _written(header, careful, event) if jsontext.may_be_deep(value) else value


def encode_json(event: Event) -> bytes:
    """An event as a JSON object, for topics that take JSON and for people.

    Raises:
        RecordFault: `bad_text`, `too_deep`, `bad_field`, as `encode`.
    """
    try:
        content = event.model_dump(mode="json")
    except PydanticSerializationError:
        raise RecordFault("bad_text", "a text field holds a lone surrogate") from None
    return jsontext.dumps(content, "value")


def decode(topic: Topic, value: bytes | None) -> Event:
    """The event in a record's value.

    Raises:
        RecordFault: as `decode_as`; nothing else, whatever the bytes.
    """
    return decode_as(MODELS[topic], value)


def decode_as(model: type[E], value: bytes | None) -> E:
    """The event of a model that stands on a topic.

    Raises:
        RecordFault: nothing else, whatever the bytes:
            `tombstone` (None), `empty`, `unsupported_encoding`, `unknown_fingerprint`,
            `not_avro` (does not follow its schema, cut short, or longer than it),
            `not_json`, `not_an_object`, `too_deep`,
            `missing_field`, `wrong_type`, `bad_field`.
    """
    if value is None:
        raise RecordFault("tombstone", "the record has no value")
    if not value:
        raise RecordFault("empty", "the value is zero bytes long")
    if value.startswith(MARKER):
        return _decode_single_object(model, value)
    if value.startswith(CONFLUENT_MARKER):
        # Room for the Confluent wire format: 00, schema id (4 bytes, big-endian), body.
        raise RecordFault("unsupported_encoding", "a schema registry's encoding is not taken")
    if model in WRITTEN_BY_OTHERS and value[0] != MARKER[0]:
        return from_json(model, value)
    raise RecordFault("not_avro", "the value is not in Avro single-object encoding")


def _decode_single_object(model: type[E], value: bytes) -> E:
    read = _readings(model).get(value[len(MARKER) : HEADER])
    if read is None:
        if len(value) < HEADER:
            raise RecordFault("not_avro", "the value ends within its fingerprint")
        raise RecordFault("unknown_fingerprint", f"no schema of {model.__name__} has it")
    event: E = read(value)
    if model in WRITTEN_BY_OTHERS:
        return constrained(model, vars(event))
    return event


def _written(header: bytes, write: writers.Writer, event: Event) -> bytes:
    parts = [header]
    write(event, parts.append)
    return b"".join(parts)


@cache
def _writing(model: type[Event]) -> tuple[bytes, writers.Writer, writers.Writer]:
    """(marker and fingerprint, fast writer, careful writer)."""
    if model not in MODELS.values():
        raise TypeError(f"{model.__name__} stands on no topic")
    header = MARKER + fingerprint(current(model))
    return header, writers.writer(model, careful=False), writers.writer(model, careful=True)


@cache
def _readings(model: type[E]) -> dict[bytes, Callable[[bytes], E]]:
    """How to read a value, by the fingerprint it carries."""
    latest = _latest(model)
    read = {key: _older(model, schema, latest) for key, schema in writers_of(model).items()}
    read[fingerprint(current(model))] = latest
    return read


def _latest(model: type[E]) -> Callable[[bytes], E]:
    trusted = model not in WRITTEN_BY_OTHERS
    fast = readers.reader(model, careful=False)
    careful = readers.reader(model, careful=True)

    def read_carefully(value: bytes) -> E:
        try:
            event, end = careful(value, HEADER)
        except readers.ODD:
            raise RecordFault("not_avro", "the body does not follow its schema") from None
        if end != len(value):
            raise RecordFault("not_avro", "the body is longer than its schema says")
        return cast(E, event)

    def read(value: bytes) -> E:
        try:
            event, end = fast(value, HEADER)
        except readers.ODD:
            return read_carefully(value)
        if end != len(value) or jsontext.may_be_deep(value):
            return read_carefully(value)
        if trusted:
            remember(event, value)
            return cast(E, event)
        return read_carefully(value) if jsontext.may_be_wide(value) else cast(E, event)

    return read


def _older(model: type[E], schema: Schema, latest: Callable[[bytes], E]) -> Callable[[bytes], E]:
    """Older records are rare: they are written again with the current schema, then read."""
    renew = renewal(schema, current(model))
    header = MARKER + fingerprint(current(model))

    def read_value(value: bytes) -> E:
        return latest(header + renew(value[HEADER:]))

    return read_value
