"""A record as Kafka hands it over, without a Kafka client."""

from dataclasses import dataclass, field

from schemas.names import EventId

Headers = tuple[tuple[str, bytes], ...]

UNREADABLE_HEADERS = "interlock_headers_unreadable"
"""Stands for all of a record's headers when the client cannot read their names."""


@dataclass(frozen=True, slots=True, order=True)
class Coordinates:
    """Where a record stands; written once, never reused within a topic's life."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    coordinates: Coordinates
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp_ms: int = 0
    headers_by_name: dict[str, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers_by_name", dict(self.headers))

    def header(self, name: str) -> str | None:
        """The last header of that name as text; None when absent or not UTF-8."""
        raw = self.headers_by_name.get(name)
        if raw is None:
            return None
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to be written, encoded: what a crash between two transactions re-emits."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage decided for one input: where the input stood and what was written for it."""

    id: EventId
    coordinates: Coordinates
    outputs: tuple[Outgoing, ...]
