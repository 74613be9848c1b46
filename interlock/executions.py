"""`actions.executed` read by nobody's group: all partitions, from some time ago, and followed."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.codec import decode
from schemas.events import Executed
from schemas.faults import PassingFault, ProcessFault, RecordFault
from schemas.names import Topic
from streams.clients import Config
from streams.fatal import is_fatal

TIMEOUT_S = 5.0
_POLL_S = 0.2
_LOOK_FOR_PARTITIONS_S = 30.0
_BATCH = 500


class Executions:
    """From `length_s` before now. Nothing is kept: whoever reads again reads the same again."""

    def __init__(self, kafka: Config, length_s: int) -> None:
        self._begin_ms = int((time.time() - length_s) * 1000)
        self._consumer = Consumer(_reader(kafka))
        self._known: set[int] = set()
        self._looked_at = float("-inf")

    def take(self) -> Sequence[Executed]:
        """What there is; waits a moment when there is nothing.

        Raises:
            PassingFault: the broker is away, or the topic is not there yet.
            ProcessFault: the client cannot go on.
        """
        try:
            if time.monotonic() - self._looked_at >= _LOOK_FOR_PARTITIONS_S:
                self._assign()
                self._looked_at = time.monotonic()
            messages = self._consumer.consume(_BATCH, _POLL_S)
        except KafkaException as error:
            raise _fault(error.args[0]) from error
        return [executed for message in messages if (executed := _executed(message)) is not None]

    def _assign(self) -> None:
        """Partitions that came since are read from the same moment on."""
        topic = Topic.EXECUTED.value
        found = self._consumer.list_topics(topic, TIMEOUT_S).topics[topic]
        if found.error is not None:
            raise PassingFault("topic_missing", f"{topic}: {found.error.str()}")
        fresh = [
            TopicPartition(topic, partition, self._begin_ms)
            for partition in sorted(set(found.partitions) - self._known)
        ]
        if not fresh:
            return
        # Asked for first: what is written between the two answers must not be passed over.
        ends = {at.partition: self._consumer.get_watermark_offsets(at, TIMEOUT_S) for at in fresh}
        starts = self._consumer.offsets_for_times(fresh, TIMEOUT_S)
        for start in starts:
            if start.error is not None:
                raise _fault(start.error)
            if start.offset < 0:
                # No record is as young as that.
                end = ends[start.partition]
                if end is None:
                    raise PassingFault("broker_away", f"{topic}: its end was not told in time")
                start.offset = end[1]
        self._consumer.incremental_assign(starts)
        self._known |= {start.partition for start in starts}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._consumer.close()


def _executed(message: Message) -> Executed | None:
    """The event; None for what nobody can read, which is for the stages to put aside."""
    error = message.error()
    if error is not None:
        if is_fatal(error):
            raise _fault(error)
        return None
    value = message.value()
    try:
        event = decode(Topic.EXECUTED, value.encode() if isinstance(value, str) else value)
    except RecordFault:
        return None
    return event if isinstance(event, Executed) else None


def _fault(error: KafkaError) -> PassingFault | ProcessFault:
    if is_fatal(error):
        return ProcessFault("executions_lost", error.str())
    return PassingFault("broker_away", error.str())


def _reader(base: Config) -> dict[str, str | int | float | bool]:
    """A consumer that belongs to no group; the client wants a name for one all the same."""
    return {
        **base,
        "log_level": 2,
        "client.id": "interlock-executions",
        "group.id": "interlock-executions",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1_000,
    }
