"""Where a one-partition topic ends, asked of the broker without waiting for the answer."""

import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

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


@dataclass(frozen=True, slots=True)
class EndQuestion:
    """One question under way; `answer()` once `done` is true."""

    topic: str
    asked_at: float
    stood_at: int
    """How far the asker had read; kept for when the answer comes."""
    description: "Future[Any]"
    end: "Future[tuple[int, int]]"
    """The partition's first offset and its end."""

    @property
    def done(self) -> bool:
        return self.description.done() and self.end.done()

    def answer(self) -> LogEnd:
        """
        Raises:
            KafkaException: the broker did not answer, or there is no such topic.
            ProcessFault: the topic has more than one partition: its records have no order.
        """
        described = self.description.result()
        partitions = len(described.partitions)
        if partitions != 1:
            raise ProcessFault(
                "partitions_not_one", f"{self.topic} has {partitions} partitions, it must have 1"
            )
        _, offset = self.end.result()
        if offset < 0:
            # A broker that is starting says "invalid" (-1001) where it does not know yet.
            raise KafkaException(KafkaError(KafkaError._BAD_MSG, "no end in the answer"))
        return LogEnd(self.asked_at, str(described.topic_id), offset)


class EndAsker:
    """Asks one broker, one question at a time.

    Asked is the high watermark, not the last stable offset that `read_committed` goes by:
    behind somebody's open transaction there may be records that are committed already. It is
    asked by a consumer, in a thread of its own: librdkafka 2.16.1's admin client was seen to
    crash the process in `list_offsets`.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._admin = AdminClient(dict(config))
        self._consumer = Consumer(
            {
                **config,
                "group.id": "interlock-log-end",
                "isolation.level": "read_uncommitted",
                "enable.auto.commit": False,
            }
        )
        self._thread = ThreadPoolExecutor(1, "log-end")

    def ask(self, topic: str, stood_at: int) -> EndQuestion:
        """
        Raises:
            KafkaException: the question could not even be sent.
        """
        asked_at = time.monotonic()
        description = self._admin.describe_topics(
            TopicCollection([topic]), request_timeout=ANSWER_S
        )[topic]
        end = self._thread.submit(self._end_of, topic)
        return EndQuestion(topic, asked_at, stood_at, description, end)

    def close(self) -> None:
        """A question under way is waited for, `ANSWER_S` at most."""
        self._thread.shutdown(cancel_futures=True)
        self._consumer.close()

    def _end_of(self, topic: str) -> tuple[int, int]:
        first, end = self._consumer.get_watermark_offsets(
            TopicPartition(topic, 0), timeout=ANSWER_S, cached=False
        )
        return first, end
