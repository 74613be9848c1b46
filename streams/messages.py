"""A client's message as a record of ours."""

from typing import cast

from confluent_kafka import Message

from schemas.records import UNREADABLE_HEADERS, Coordinates, Headers, Record


def record_of(message: Message) -> Record:
    """The record of a message without an error. A header without a value counts as empty."""
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return Record(
        Coordinates(topic, partition, offset),
        _bytes(message.key()),
        _bytes(message.value()),
        _headers(message),
        message.timestamp()[1],
    )


def _headers(message: Message) -> Headers:
    try:
        found = message.headers() or []
    except (SystemError, UnicodeDecodeError):
        # A name that is not UTF-8: the client cannot hand any of them over.
        return UNREADABLE_HEADERS
    pairs = tuple(found.items() if isinstance(found, dict) else found)
    if all(value.__class__ is bytes for _, value in pairs):
        return cast(Headers, pairs)
    return tuple((name, _bytes(value) or b"") for name, value in pairs)


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
