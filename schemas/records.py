"""A record as Kafka hands it over, without a Kafka client.

Named tuples: several are made for every record, and a frozen dataclass takes three times as
long to make.
"""

from datetime import datetime
from typing import NamedTuple

from schemas.names import EventId

Headers = tuple[tuple[str, bytes], ...]

UNREADABLE_HEADERS: Headers = (("interlock_headers_unreadable", b"1"),)
"""Stands for all of a record's headers when the client cannot read their names."""


class Coordinates(NamedTuple):
    """Where a record stands; written once, never reused within a topic's life."""

    topic: str
    partition: int
    offset: int


class Record(NamedTuple):
    coordinates: Coordinates
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int = 0

    def header(self, name: str) -> str | None:
        """The last header of that name as text; None when absent or not UTF-8."""
        for key, raw in reversed(self.headers):
            if key == name:
                try:
                    return raw.decode()
                except UnicodeDecodeError:
                    return None
        return None


class Outgoing(NamedTuple):
    """A record to be written."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


class Encoded(NamedTuple):
    """An event as a stage decided to write it. Its headers follow from the outcome it is of."""

    topic: str
    key: bytes
    value: bytes


class Outcome(NamedTuple):
    """What a stage decided for one input: where the input stood, when, and what to write."""

    id: EventId
    coordinates: Coordinates
    at: datetime
    outputs: tuple[Encoded, ...]
