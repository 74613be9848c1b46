"""The control topic, folded into a snapshot that is always the newest this process can know.

A thread reads `control.settings` (one partition, no group) from its first record to its end
and follows it from there. It also keeps asking the broker where the end is, and notes when
it stood there: that is the proof an effect's claim needs, that no freeze is on its way.

The proof does not count records. Transaction markers and aborted records take offsets and
never arrive; how far the reader is, the client says itself at the partition's end.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

import structlog
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from schemas.faults import PassingFault, ProcessFault
from schemas.names import Topic
from schemas.records import Record
from streams import clients
from streams.fatal import is_fatal
from streams.log_end import ANSWER_S, EndAsker, EndQuestion, LogEnd
from streams.messages import record_of

log = structlog.get_logger()

S = TypeVar("S")

ASK_EVERY_S = 0.2
POLL_S = 0.05
"""How late an answer or a stop may be noticed."""
_DRAIN_S = 0.001
_BATCH = 1_000
_UNREACHED_KEPT = 64

_NAMED: dict[str, str | int | float | bool] = {
    "client.id": "interlock-control-feed",
    # The feed says itself what troubles it; the client would say it at every attempt.
    "log_level": 2,
}

_LOST_PLACE = (
    KafkaError._AUTO_OFFSET_RESET,
    KafkaError._LOG_TRUNCATION,
    KafkaError.OFFSET_OUT_OF_RANGE,
)


@dataclass(frozen=True, slots=True)
class Standing(Generic[S]):
    """A snapshot and its proof, which belong together: take both from one `Standing`."""

    snapshot: S
    proven_at: float | None = None
    """`time.monotonic()` just before the broker was last asked for an end at which this
    snapshot stood; None before the topic was read to its end once."""

    def proven_within(self, seconds: float) -> bool:
        return self.proven_at is not None and time.monotonic() - self.proven_at <= seconds


class ControlFeed(Generic[S]):
    """Follows the control topic from `start` to `stop`.

    `reduce` is called in the feed's thread with the records in order, several at a time; it
    must return a new snapshot and leave the old one alone. What it raises ends the feed.

    A broker that is away only makes the proof grow old. What the feed cannot survive (the
    topic was made again, its end went back, `reduce` failed) is its `fault`: it is handed to
    `on_fault` and the last snapshot stays, no longer proven.
    """

    def __init__(
        self,
        base: clients.Config,
        reduce: Callable[[S, Sequence[Record]], S],
        initial: S,
        *,
        topic: str = Topic.SETTINGS.value,
        on_fault: Callable[[ProcessFault], None] | None = None,
        ask_every_s: float = ASK_EVERY_S,
    ) -> None:
        """`ask_every_s`: how often the broker is asked for the end; the proof is as old."""
        self._base = base
        self._reduce = reduce
        self._standing = Standing(initial)
        self._topic = topic
        self._on_fault = on_fault
        self._ask_every_s = ask_every_s
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control-feed", daemon=True)
        self._fault: ProcessFault | None = None
        self._trouble: str | None = "not started"
        self._reached = 0
        self._topic_id: str | None = None
        self._unreached: deque[LogEnd] = deque(maxlen=_UNREACHED_KEPT)

    # --- for everyone ------------------------------------------------------------------------

    @property
    def standing(self) -> Standing[S]:
        return self._standing

    @property
    def snapshot(self) -> S:
        return self._standing.snapshot

    @property
    def proven_at(self) -> float | None:
        return self._standing.proven_at

    def proven_within(self, seconds: float) -> bool:
        """Whether the snapshot was proven the newest this recently. To act on both, take
        `standing` once: between two looks the snapshot may have moved."""
        return self._standing.proven_within(seconds)

    @property
    def trouble(self) -> str | None:
        """What keeps the feed from its proof; None while all is well."""
        return self._trouble

    @property
    def fault(self) -> ProcessFault | None:
        return self._fault

    def start(self) -> None:
        self._thread.start()

    def wait_loaded(self, timeout_s: float) -> None:
        """Return once everything the topic held has been read; at once if it was before.

        Raises:
            PassingFault: not within `timeout_s`, or the feed was stopped; call again.
            ProcessFault: the feed ended.
        """
        self._settled.wait(timeout_s)
        if self._fault is not None:
            raise self._fault
        if self._standing.proven_at is None:
            raise PassingFault(
                "settings_not_loaded",
                f"{self._topic} was not read to its end: {self._trouble or 'still reading'}",
            )

    def stop(self) -> None:
        """End the thread; the snapshot stays."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # --- the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._follow()
        except ProcessFault as fault:
            self._fail(fault)
        except Exception as error:
            self._fail(ProcessFault("control_feed_failed", repr(error)))
        finally:
            self._settled.set()

    def _follow(self) -> None:
        asker = EndAsker({**self._base, **_NAMED})
        consumer = Consumer(_follower(self._base))
        try:
            question: EndQuestion | None = None
            asked_at = float("-inf")
            while not self._stopping.is_set():
                if question is None and time.monotonic() - asked_at >= self._ask_every_s:
                    asked_at = time.monotonic()
                    question = self._ask(asker)
                self._take(consumer)
                if question is not None and question.done:
                    self._hear(question, consumer)
                    question = None
                self._prove()
        finally:
            asker.close()
            consumer.close()

    def _ask(self, asker: EndAsker) -> EndQuestion | None:
        try:
            return asker.ask(self._topic, self._reached)
        except KafkaException as error:
            self._troubled(error.args[0].str())
            return None

    def _hear(self, question: EndQuestion, consumer: Consumer) -> None:
        try:
            end = question.answer()
            if self._topic_id is None:
                self._begin(consumer, end.topic_id)
        except KafkaException as error:
            self._troubled(error.args[0].str())
            return
        if end.topic_id != self._topic_id:
            raise ProcessFault("control_topic_recreated", f"{self._topic} is another topic now")
        if end.offset < question.stood_at:
            raise ProcessFault(
                "control_topic_cut",
                f"{self._topic} ends at {end.offset}, records up to {question.stood_at} were read",
            )
        self._unreached.append(end)

    def _begin(self, consumer: Consumer, topic_id: str) -> None:
        """Read from the start, now that there is a topic.

        A consumer that is assigned a topic it knows no leader of looks again after 0.5 s, and
        one whose topic is missing after much longer: ask for the leader first.
        """
        consumer.list_topics(self._topic, timeout=ANSWER_S)
        consumer.assign([TopicPartition(self._topic, 0, OFFSET_BEGINNING)])
        self._topic_id = topic_id

    def _take(self, consumer: Consumer) -> None:
        first = consumer.poll(POLL_S)
        if first is None:
            return
        records: list[Record] = []
        reached = self._reached
        for message in (first, *consumer.consume(_BATCH, _DRAIN_S)):
            error = message.error()
            if error is None:
                records.append(record_of(message))
                reached = records[-1].coordinates.offset + 1
            elif error.code() == KafkaError._PARTITION_EOF:
                reached = max(reached, message.offset() or 0)
            else:
                self._on_error(error)
        if records:
            snapshot = self._reduce(self._standing.snapshot, records)
            # The older proof is kept: it said that nothing was missing then, and now less is.
            self._standing = Standing(snapshot, self._standing.proven_at)
        self._reached = reached

    def _prove(self) -> None:
        while self._unreached and self._unreached[0].offset <= self._reached:
            end = self._unreached.popleft()
            self._standing = Standing(self._standing.snapshot, end.asked_at)
            self._troubled(None)
            self._settled.set()

    def _on_error(self, error: KafkaError) -> None:
        if is_fatal(error) or error.code() in _LOST_PLACE:
            raise ProcessFault("control_feed_lost", f"{self._topic}: {error.str()}")
        self._troubled(error.str())

    def _troubled(self, text: str | None) -> None:
        if text is not None and self._trouble is None:
            log.warning("control_feed_waits", topic=self._topic, reason=text)
        self._trouble = text

    def _fail(self, fault: ProcessFault) -> None:
        log.error("control_feed_died", topic=self._topic, code=fault.code, text=fault.text)
        self._fault = fault
        self._trouble = fault.text
        self._standing = Standing(self._standing.snapshot)
        if self._on_fault is not None:
            self._on_fault(fault)


def _follower(base: clients.Config) -> dict[str, str | int | float | bool]:
    """A consumer that belongs to no group; the client wants a name for one all the same.

    `auto.offset.reset=error`: a place in the log that is gone must not become another place.
    """
    return {
        **base,
        **_NAMED,
        "group.id": "interlock-control-feed",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
        "fetch.error.backoff.ms": 100,
        # An empty topic's end is told only when a fetch comes back.
        "fetch.wait.max.ms": 100,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1_000,
    }
