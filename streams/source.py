"""Records by arrival: wait for the first, then take what is there.

At low load a record is handled alone and at once; under load batches grow by themselves.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from schemas.faults import PassingFault, ProcessFault
from streams.assignment import Assignment, Fetched, Partition, StartAt
from streams.fatal import is_fatal
from streams.messages import record_of

log = structlog.get_logger()

FIRST_S = 0.2
"""How long one look for a first record takes: bounds how late a stop is noticed."""
DRAIN_S = 0.001
"""0.1 ms raised p95 three times, 5 ms raised p50 by half."""
STEP_S = 0.1
"""Between two looks for rebalances while a batch waits."""
CHUNK = 100
LARGEST_BATCH_BYTES = 16 * 1024 * 1024
MOST_WAITING = 10_000
"""Records a waiting batch may grow to: a quarter of an hour at one each `STEP_S`."""
MOST_WAITING_BYTES = 256 * 1024 * 1024


class RecordSource:
    """A consumer of a group, with its assignment.

    Not thread-safe: one thread calls it, and never inside a transaction, since a rebalance
    callback may run in any call that polls.

    Raises, from every method that polls:
        ProcessFault: the consumer is fenced or otherwise dead.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        topics: Sequence[str],
        most: int = 500,
        start_at: StartAt | None = None,
    ) -> None:
        self._consumer = Consumer(dict(config))
        self._most = most
        self.assignment = Assignment(start_at)
        self._consumer.subscribe(
            list(topics),
            on_assign=self.assignment.on_assign,
            on_revoke=self.assignment.on_revoke,
            on_lost=self.assignment.on_revoke,
        )

    def collect(self) -> list[Fetched]:
        """The next batch; empty when nothing came for a while."""
        batch: list[Fetched] = []
        first = self._consumer.poll(FIRST_S)
        if first is None:
            return batch
        size = self._take(batch, [first])
        while len(batch) < self._most and size < LARGEST_BATCH_BYTES:
            asked = min(CHUNK, self._most - len(batch))
            messages = self._consumer.consume(asked, DRAIN_S)
            size += self._take(batch, messages)
            if len(messages) < asked:
                break
        return self.assignment.still_ours(batch)

    def wait(self, seconds: float, batch: list[Fetched]) -> list[Fetched]:
        """Keep the membership alive while a batch cannot be worked on.

        What is not ours afterwards is dropped from the batch, and the few records that were
        handed over meanwhile are added: one at most each `STEP_S`.

        Nothing is paused. In librdkafka a pause outlives the assignment, so that a partition
        which goes and comes back would never be read; and resuming one that was just assigned
        can set it to the place it was read to before, past records nobody has decided.

        Raises:
            ProcessFault: `waited_too_long`: the batch has grown to `MOST_WAITING` or to
                `MOST_WAITING_BYTES`. Started afresh, the process waits with empty hands.
        """
        deadline = time.monotonic() + seconds
        batch = list(batch)
        size = sum(len(fetched.record.value or b"") for fetched in batch)
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, STEP_S))
            message = self._consumer.poll(0)
            if message is not None:
                size += self._take(batch, [message])
            if len(batch) >= MOST_WAITING or size >= MOST_WAITING_BYTES:
                text = f"{len(batch)} records, {size} bytes wait for what is away"
                raise ProcessFault("waited_too_long", text)
        return self.assignment.still_ours(batch)

    def rewind(self, partitions: Iterable[Partition]) -> None:
        """Go back to the committed offsets of partitions whose transaction was aborted.

        Raises:
            PassingFault: the broker did not say where they are, or the client is not ready to
                go there (a rebalance is on its way); call again.
        """
        wanted = [TopicPartition(*p) for p in partitions if p in self.assignment.partitions]
        for committed in self._committed(wanted):
            start = committed.offset if committed.offset >= 0 else OFFSET_BEGINNING
            try:
                self._consumer.seek(TopicPartition(committed.topic, committed.partition, start))
            except KafkaException as error:
                raise PassingFault("seek_failed", str(error.args[0])) from error

    def check_new(
        self, batch: Iterable[Fetched], decided: Callable[[], Mapping[Partition, int]]
    ) -> None:
        """At a partition's first record: is the database as far as the log?

        Raises:
            PassingFault: `database_older_than_log`: offsets are committed that the database
                knows nothing of (it was restored). Nothing may be decided on top of that.
        """
        new = self.assignment.new & {
            (f.record.coordinates.topic, f.record.coordinates.partition) for f in batch
        }
        if not new:
            return
        asked = self._committed([TopicPartition(*p) for p in sorted(new)])
        # Asked second: who had the partition before us may still be at it, database first.
        known = decided()
        for committed in asked:
            partition = (committed.topic, committed.partition)
            if committed.offset > known.get(partition, 0):
                raise PassingFault(
                    "database_older_than_log",
                    f"{partition[0]}[{partition[1]}] is committed up to {committed.offset}, the "
                    f"database knows {known.get(partition, 0)}: it was restored to an earlier time",
                )
        self.assignment.new -= new

    def _committed(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        if not partitions:
            return []
        try:
            answer: list[TopicPartition] = self._consumer.committed(partitions, timeout=10)
        except KafkaException as error:
            raise PassingFault("committed_unavailable", str(error.args[0])) from error
        for partition in answer:
            if partition.error is not None:
                raise PassingFault("committed_unavailable", partition.error.str())
        return answer

    def lag(self) -> dict[Partition, int]:
        """Records not yet read, as far as the client knows without asking."""
        behind: dict[Partition, int] = {}
        for partition in self._consumer.position(
            [TopicPartition(*p) for p in self.assignment.partitions]
        ):
            if partition.offset < 0:
                continue
            _, high = self._consumer.get_watermark_offsets(partition, cached=True)
            if high >= 0:
                behind[partition.topic, partition.partition] = max(0, high - partition.offset)
        return behind

    def consumer_group_metadata(self) -> object:
        return self._consumer.consumer_group_metadata()

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """An ordinary commit, for a consumer whose effects are idempotent by key.

        Raises:
            PassingFault: not committed; the records will come again.
        """
        moved = [TopicPartition(t, p, o) for (t, p), o in sorted(offsets.items())]
        try:
            self._consumer.commit(offsets=moved, asynchronous=False)
        except KafkaException as error:
            reason: KafkaError = error.args[0]
            if is_fatal(reason):
                raise ProcessFault("consumer_fatal", reason.str()) from error
            raise PassingFault("commit_failed", reason.str()) from error

    def close(self) -> None:
        self._consumer.close()

    def _take(self, batch: list[Fetched], messages: Iterable[Message]) -> int:
        size = 0
        for message in messages:
            error = message.error()
            if error is not None:
                _on_error(error)
                continue
            tagged = self.assignment.tag(record_of(message))
            if tagged is not None:
                batch.append(tagged)
                size += len(tagged.record.value or b"")
        return size


def _on_error(error: KafkaError) -> None:
    if is_fatal(error):
        raise ProcessFault("consumer_fatal", error.str())
    if error.code() != KafkaError._PARTITION_EOF:
        log.warning("consumer_error", error=error.str())
