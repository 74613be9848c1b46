"""A read-committed reader at the end of a chain: what arrived, and when."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import Consumer, Message, TopicPartition

STALLED_S = 60.0
"""Nothing new for this long: the run has failed."""

Wanted = Callable[[Message], bool]


class Stalled(Exception):
    """What was waited for did not come."""


@dataclass
class Reader:
    """Keeps what is wanted: (arrival as `time.monotonic()`, value)."""

    consumer: Consumer
    wanted: Wanted
    arrived: list[tuple[float, bytes]] = field(default_factory=list)
    steps: list[tuple[float, int]] = field(default_factory=list)
    """After each look that brought something: when, and how many arrived in all."""

    def read_once(self, wait_s: float = 0.2) -> bool:
        """One look; whether it brought anything that is wanted."""
        first = self.consumer.poll(wait_s)
        if first is None:
            return False
        before = len(self.arrived)
        messages = [first, *self.consumer.consume(1_000, 0)]
        now = time.monotonic()
        for message in messages:
            error = message.error()
            if error is not None:
                raise Stalled(error.str())
            if self.wanted(message):
                self.arrived.append((now, message.value() or b""))
        if len(self.arrived) == before:
            return False
        self.steps.append((now, len(self.arrived)))
        return True

    def read_until(self, count: int, going_on: Callable[[], None] = lambda: None) -> float:
        """Read until so many arrived; when the last of them did.

        Args:
            going_on: called now and then; it raises if waiting has become pointless.

        Raises:
            Stalled: nothing came for a while.
        """
        last = time.monotonic()
        while len(self.arrived) < count:
            if self.read_once():
                last = time.monotonic()
                continue
            going_on()
            if time.monotonic() - last > STALLED_S:
                raise Stalled(f"{len(self.arrived)} of {count} came, none for {STALLED_S:g} s")
        return self.arrived[count - 1][0]

    @contextmanager
    def in_background(self, count: int) -> Iterator[Callable[[], float]]:
        """Read until so many arrived in a thread of its own; the function given waits for it."""
        with ThreadPoolExecutor(1, "reader") as thread:
            done = thread.submit(self.read_until, count)
            yield done.result

    def clear(self) -> None:
        self.arrived.clear()
        self.steps.clear()


def everything(message: Message) -> bool:
    return True


def from_stage(stage: str) -> Wanted:
    """Only what that stage wrote, by its CloudEvents header: cheaper than decoding."""
    source = ("ce_source", f"/interlock/{stage}".encode())

    def wanted(message: Message) -> bool:
        return source in (message.headers() or ())

    return wanted


@contextmanager
def reading(bootstrap: str, topic: str, wanted: Wanted = everything) -> Iterator[Reader]:
    """Follow a topic from where it ends now."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench-reader",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 50,
            "queued.max.messages.kbytes": 262_144,
            "queued.min.messages": 1_000_000,
        }
    )
    try:
        known = consumer.list_topics(topic, timeout=15).topics[topic]
        ends = []
        for number in known.partitions:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=15)
            ends.append(TopicPartition(topic, number, end))
        consumer.assign(ends)
        yield Reader(consumer, wanted)
    finally:
        consumer.close()
