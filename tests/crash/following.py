"""What is written from now on, read as it comes: for a test that waits for many things at once."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from confluent_kafka import Consumer, Message, TopicPartition

from schemas.codec import decode
from schemas.events import StateChanged
from schemas.faults import RecordFault
from schemas.names import Topic
from tests.crash.checker import header

Place = tuple[str, int, int]
"""(topic, partition, offset)"""


@dataclass(frozen=True)
class Letter:
    """A dead letter, and the place of the record that it is about."""

    message: Message
    about: Place

    @property
    def stage(self) -> str:
        return header(self.message, "interlock_stage")

    @property
    def code(self) -> str:
        return header(self.message, "__streams.errors.exception")


@dataclass
class Following:
    """Dead letters and state changes since `following` began."""

    consumer: Consumer
    letters: list[Letter] = field(default_factory=list)
    changes: list[StateChanged] = field(default_factory=list)

    def read_until(self, condition: Callable[[], bool], deadline_s: float) -> bool:
        """Read on until the condition holds; whether it did before the deadline."""
        deadline = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            for message in self.consumer.consume(500, 0.1):
                self._take(message)
        return True

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            raise AssertionError(error.str())
        if message.topic() == Topic.STATE_CHANGED.value:
            with suppress(RecordFault):  # bad records are written here too
                change = decode(Topic.STATE_CHANGED, message.value())
                assert isinstance(change, StateChanged)
                self.changes.append(change)
            return
        self.letters.append(
            Letter(
                message,
                (
                    header(message, "__streams.errors.topic"),
                    int(header(message, "__streams.errors.partition")),
                    int(header(message, "__streams.errors.offset")),
                ),
            )
        )


@contextmanager
def following(bootstrap: str, topics: Sequence[str]) -> Iterator[Following]:
    """Follow topics from where they end now, as a read-committed reader."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "following",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "fetch.message.max.bytes": 13 * 1024 * 1024,
        }
    )
    try:
        known = consumer.list_topics(timeout=10).topics
        ends = []
        for topic in topics:
            for number in known[topic].partitions:
                _, end = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)
                ends.append(TopicPartition(topic, number, end))
        consumer.assign(ends)
        yield Following(consumer)
    finally:
        consumer.close()
