"""The log as a read-committed reader sees it: every topic, from its start to its end now."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from tests.crash.independent.values import Value, decode

Partition = tuple[str, int]
LONGEST_SILENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Record:
    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, str]
    raw: bytes | None

    @property
    def value(self) -> Value:
        """Decoded anew each time: large values need not all be held decoded.

        Raises:
            Unreadable: it cannot be.
        """
        return decode(self.raw)

    @property
    def place(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True)
class Log:
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    """By topic."""
    next_offsets: Mapping[Partition, int] = field(default_factory=dict)
    """One past the last record a reader sees; behind it stand transaction markers at most."""

    def on(self, topic: str) -> Sequence[Record]:
        return self.records.get(topic, ())

    def of_tenants(self, tenants: Iterable[str] | None, never: Iterable[str] = ()) -> "Log":
        """Only these tenants' records, by key; topics named in `never` are left whole."""
        if tenants is None:
            return self
        kept, whole = set(tenants), set(never)
        records = {
            topic: [r for r in found if topic in whole or r.key in kept]
            for topic, found in self.records.items()
        }
        return Log(records, self.next_offsets)


def read_log(bootstrap: str, topics: Sequence[str]) -> Log:
    """Everything committed on those of the topics that exist, each partition in its order."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "log_level": 2,
            "group.id": "independent-checker",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.message.max.bytes": 13 * 1024 * 1024,
        }
    )
    try:
        known = consumer.list_topics(timeout=10).topics
        open_ = {(t, p) for t in topics if t in known for p in known[t].partitions}
        consumer.assign([TopicPartition(t, p, 0) for t, p in sorted(open_)])
        records: dict[str, list[Record]] = defaultdict(list)
        ends: dict[Partition, int] = {}
        heard = time.monotonic()
        while open_:
            # `consume` waits for as many as it was asked for: ask for a short while only.
            messages = consumer.consume(500, 0.02)
            if messages:
                heard = time.monotonic()
            elif time.monotonic() - heard > LONGEST_SILENCE_S:
                raise TimeoutError(f"does not come to its end: {sorted(open_)}")
            for message in messages:
                at = (message.topic() or "", message.partition() or 0)
                error = message.error()
                if error is None:
                    record = _record(message)
                    records[at[0]].append(record)
                    ends[at] = record.offset + 1
                elif error.code() == KafkaError._PARTITION_EOF:
                    open_.discard(at)
                else:
                    raise ConnectionError(error.str())
        return Log(dict(records), ends)
    finally:
        consumer.close()


def _record(message: Message) -> Record:
    headers = message.headers() or []
    pairs = headers.items() if isinstance(headers, dict) else headers
    return Record(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        _text(message.key()),
        {name: _text(value) for name, value in pairs},
        _bytes(message.value()),
    )


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value


def _text(value: str | bytes | None) -> str:
    return value if isinstance(value, str) else (value or b"").decode("utf-8", "replace")
