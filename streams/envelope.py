"""Records on the wire: CloudEvents headers for events, KIP-1034 headers for dead letters.

CloudEvents 1.0 Kafka binding, binary mode: attributes are headers prefixed `ce_`. Causation
(the input's id and coordinates) and the W3C trace context travel beside them.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from schemas.codec import encode
from schemas.events import Event
from schemas.faults import RecordFault
from schemas.identity import output_id
from schemas.names import EventId, Topic
from schemas.output import Output
from schemas.records import Encoded, Headers, Outcome, Outgoing, Record
from schemas.registry import MODELS
from schemas.stored import read_stored

DEAD_LETTER_BYTES = 65_536
"""How much of a refused value its dead letter keeps, and how much of its headers."""

_DEAD_LETTER_HEADERS = frozenset(
    {"interlock_stage", "interlock_sha256", "interlock_size", "interlock_truncated"}
)
_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_LARGEST_EVENT = 1_000_000
_LARGEST_EVENTS: Mapping[str, int] = {
    Topic.DRAFTED: 900_000,
    Topic.ASSESSED: 950_000,
    Topic.REPORTS: 2_000_000,
    Topic.EXECUTED: 2_000_000,
    Topic.STATE_CHANGED: 2_000_000,
}


def encode_output(output: Output) -> Encoded:
    """An output as it is recorded.

    Raises:
        RecordFault: the event cannot be encoded, or is larger than its topic takes.
    """
    value = encode(output.event)
    check_size(output.topic, value)
    return Encoded(output.topic, output.tenant.encode(), value)


def enveloped(
    stage: str, outcome: Outcome, events: Sequence[Event] | None = None
) -> tuple[Outgoing, ...]:
    """What a stage decided, as records: the same for the same outcome, whenever it is asked.

    `events` are the outputs' own, where they are at hand; else they are read again.

    Raises:
        PassingFault: `row_of_newer_version`: a newer process decided it, and must emit it.
    """
    if events is None:
        events = [read_stored(MODELS[Topic(o.topic)], o.value) for o in outcome.outputs]
    cause, at = outcome.id, outcome.coordinates
    causation = (
        ("interlock_cause_id", cause.encode()),
        ("interlock_cause_topic", at.topic.encode()),
        ("interlock_cause_partition", str(at.partition).encode()),
        ("interlock_cause_offset", str(at.offset).encode()),
    )
    records = []
    for place, (output, event) in enumerate(zip(outcome.outputs, events, strict=True)):
        ce_id = output_id(stage, cause, output.topic, place)
        headers = (*event_headers(ce_id, stage, event, outcome.at), *causation)
        records.append(Outgoing(output.topic, output.key, output.value, headers))
    return tuple(records)


def largest_event(topic: str) -> int:
    """How many bytes an event on a topic of ours may have: less than the broker takes.

    Each stage adds to the event it was given. So there is less room at the chain's start
    than at its end: what got in comes to its end.
    """
    return _LARGEST_EVENTS.get(topic, _LARGEST_EVENT)


def check_size(topic: str, value: bytes) -> None:
    """Refuse before anything is stored what the broker would refuse after.

    Raises:
        RecordFault: `output_too_large`.
    """
    if len(value) > largest_event(topic):
        raise RecordFault(
            "output_too_large", f"an event of {len(value)} bytes does not fit {topic}"
        )


def event_headers(
    ce_id: EventId, source: str, event: Event, now: datetime
) -> list[tuple[str, bytes]]:
    """CloudEvents attributes of one event, and its trace context when it has one."""
    headers = attributes(ce_id, source, type(event), now, subject=getattr(event, "action_id", None))
    trace_id = getattr(event, "trace_id", None)
    if trace_id and _TRACE_ID.fullmatch(trace_id):
        span = ce_id.replace("-", "")[:16]
        headers.append(("traceparent", f"00-{trace_id}-{span}-01".encode()))
    return headers


def attributes(
    ce_id: EventId, source: str, model: type[Event], now: datetime, subject: str | None
) -> list[tuple[str, bytes]]:
    """CloudEvents attributes alone."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", ce_id.encode()),
        ("ce_type", f"interlock.{model.__name__}".encode()),
        ("ce_source", f"/interlock/{source}".encode()),
        ("ce_time", now.isoformat().encode()),
        ("content-type", b"application/avro"),
    ]
    if subject:
        headers.append(("ce_subject", subject.encode()))
    return headers


def dead_letter(stage: str, record: Record, code: str, text: str) -> Outgoing:
    """The record as its dead letter: KIP-1034 headers say where it stood and what was wrong.

    A value over 64 KB is cut; its length and SHA-256 are always there. The original headers
    stay, the first 64 KB of them, so that a requeued record is the same record.
    """
    value = record.value
    coordinates = record.coordinates
    kept = value if value is None else value[:DEAD_LETTER_BYTES]
    headers: Headers = (
        *_kept_headers(record.headers),
        ("__streams.errors.exception", code.encode()),
        ("__streams.errors.message", text.encode("utf-8", "replace")[:4096]),
        ("__streams.errors.topic", coordinates.topic.encode()),
        ("__streams.errors.partition", str(coordinates.partition).encode()),
        ("__streams.errors.offset", str(coordinates.offset).encode()),
        ("interlock_stage", stage.encode()),
        ("interlock_sha256", hashlib.sha256(value or b"").hexdigest().encode()),
        ("interlock_size", str(-1 if value is None else len(value)).encode()),
        (
            "interlock_truncated",
            b"1" if value is not None and len(value) > len(kept or b"") else b"0",
        ),
    )
    return Outgoing(f"{coordinates.topic}.dlq", record.key, kept, headers)


def _kept_headers(headers: Headers) -> Headers:
    kept: list[tuple[str, bytes]] = []
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
        if size > DEAD_LETTER_BYTES:
            break
        if not name.startswith("__streams.errors.") and name not in _DEAD_LETTER_HEADERS:
            kept.append((name, value))
    return tuple(kept)
