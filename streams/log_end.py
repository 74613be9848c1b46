"""Where a one-partition topic ends, asked of the broker without waiting for the answer."""

import time
from concurrent.futures import Future
from dataclasses import dataclass

from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from schemas.faults import ProcessFault

ANSWER_S = 2.0


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The topic's end as it stood at some moment after `asked_at`."""

    asked_at: float
    """`time.monotonic()` before the question left."""
    topic_id: str
    """Kafka's id of the topic: another one after it was deleted and made again."""
    offset: int


class EndQuestion:
    """One question under way; `answer()` once `done` is true.

    Asked is the high watermark, not the last stable offset that `read_committed` goes by:
    behind somebody's open transaction there may be records that are committed already.
    """

    def __init__(self, admin: AdminClient, topic: str, stood_at: int = 0) -> None:
        """
        Args:
            stood_at: how far the asker has read; kept for when the answer comes.

        Raises:
            KafkaException: the question could not even be sent.
        """
        self.asked_at = time.monotonic()
        self.stood_at = stood_at
        self._topic = topic
        partition = TopicPartition(topic, 0)
        self._description: Future[object] = admin.describe_topics(
            TopicCollection([topic]), request_timeout=ANSWER_S
        )[topic]
        self._end: Future[object] = admin.list_offsets(
            {partition: OffsetSpec.latest()},  # type: ignore[no-untyped-call]
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=ANSWER_S,
        )[partition]

    @property
    def done(self) -> bool:
        return self._description.done() and self._end.done()

    def answer(self) -> LogEnd:
        """
        Raises:
            KafkaException: the broker did not answer, or there is no such topic.
            ProcessFault: the topic has more than one partition: its records have no order.
        """
        described = self._description.result()
        partitions = len(getattr(described, "partitions", ()))
        if partitions != 1:
            raise ProcessFault(
                "partitions_not_one", f"{self._topic} has {partitions} partitions, it must have 1"
            )
        offset = getattr(self._end.result(), "offset", None)
        if not isinstance(offset, int) or offset < 0:
            # A broker that is starting says "invalid" (-1001) where it does not know yet.
            raise KafkaException(KafkaError(KafkaError._BAD_MSG, "no end in the answer"))
        return LogEnd(self.asked_at, str(getattr(described, "topic_id", "")), offset)
