"""One Kafka transaction: outputs and offsets together or not at all (KIP-98, KIP-447).

librdkafka sorts the errors of a transactional call into three classes, and each has one
answer: retriable → the same call again until a deadline; abortable → abort, and the caller
rewinds; fatal or fenced → this process ends and is started afresh.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from schemas.faults import ProcessFault
from schemas.records import Outgoing
from streams.assignment import Partition
from streams.crash_points import CrashPoint, passing
from streams.membership import is_member

log = structlog.get_logger()

CALL_TIMEOUT_S = 5.0
"""Of one transactional call; it is repeated while its error is retriable."""
DEADLINE_S = 20.0
"""Of all repetitions of one call: past it the group has gone on without us."""
WATCHDOG_S = 45.0
"""A transactional call can overrun its own timeout when the broker is away."""


class Aborted(Exception):
    """The transaction was aborted; nothing of it will be seen. Rewind and do it again."""


class OffsetSource(Protocol):
    """What a transaction needs of the consumer whose offsets it moves."""

    def consumer_group_metadata(self) -> object: ...


class TransactionalWriter:
    """A transactional producer with the error classes handled.

    Raises, from every method:
        Aborted: the transaction is gone, the caller rewinds.
        ProcessFault: the producer is fenced or broken.
    """

    def __init__(self, config: Mapping[str, Any], stage: str) -> None:
        self._producer = Producer(dict(config))
        self._stage = stage
        self._watchdog = Watchdog()

    def start(self, stopping: threading.Event) -> bool:
        """Fence predecessors and abort what they left open. False: stopped before it was done."""
        while not stopping.is_set():
            try:
                self._producer.init_transactions(CALL_TIMEOUT_S)
                return True
            except KafkaException as error:
                reason: KafkaError = error.args[0]
                if not reason.retriable() and reason.code() != KafkaError._TIMED_OUT:
                    raise ProcessFault("init_transactions", reason.str()) from error
                log.warning("transactions_not_ready", stage=self._stage, error=reason.str())
        return False

    def write(
        self,
        outputs: Sequence[Outgoing],
        offsets: Mapping[Partition, int],
        consumer: OffsetSource,
    ) -> None:
        """Write outputs and move offsets in one transaction.

        1. begin  2. produce  3. send offsets with the member's generation  4. commit.
        Nothing slow happens between 1 and 4, and nobody polls the consumer.
        """
        with self._watchdog.guard(WATCHDOG_S):
            try:
                self._call(self._producer.begin_transaction)
                passing(self._stage, CrashPoint.BEFORE_PRODUCE)
                for output in outputs:
                    self._produce(output)
                passing(self._stage, CrashPoint.AFTER_PRODUCE)
                moved = [TopicPartition(t, p, o) for (t, p), o in sorted(offsets.items())]
                metadata = consumer.consumer_group_metadata()
                if not is_member(metadata):
                    raise _Abortable("the consumer is no member of its group")
                self._call(
                    lambda: self._producer.send_offsets_to_transaction(
                        moved, metadata, CALL_TIMEOUT_S
                    )
                )
                passing(self._stage, CrashPoint.BEFORE_KAFKA_COMMIT)
                self._call(lambda: self._producer.commit_transaction(CALL_TIMEOUT_S))
                passing(self._stage, CrashPoint.AFTER_KAFKA_COMMIT)
            except _Abortable as error:
                log.warning("transaction_aborted", stage=self._stage, error=str(error))
                self._abort()
                raise Aborted(str(error)) from error

    def _produce(self, output: Outgoing) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                self._producer.produce(
                    output.topic,
                    value=output.value,
                    key=output.key,
                    headers=list(output.headers),
                )
                return
            except BufferError:
                # The local queue is full: wait for the broker to take some of it.
                if time.monotonic() > deadline:
                    raise _Abortable("the producer's queue stayed full") from None
                self._producer.poll(0.05)
            except KafkaException as error:
                raise self._classify(error) from error

    def _abort(self) -> None:
        try:
            self._call(lambda: self._producer.abort_transaction(CALL_TIMEOUT_S))
        except _Abortable as error:
            raise ProcessFault("abort_failed", str(error)) from error

    def _call(self, call: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                call()
                return
            except KafkaException as error:
                reason: KafkaError = error.args[0]
                if not reason.retriable() or time.monotonic() > deadline:
                    raise self._classify(error) from error
                self._producer.poll(0.05)

    def _classify(self, error: KafkaException) -> Exception:
        reason: KafkaError = error.args[0]
        if reason.txn_requires_abort() and not reason.fatal():
            return _Abortable(reason.str())
        return ProcessFault("producer_fatal", reason.str())


class _Abortable(Exception):
    pass


class Watchdog:
    """Ends the process when a guarded block takes longer than it may."""

    def __init__(self) -> None:
        self._deadline: float | None = None
        self._changed = threading.Condition()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    @contextmanager
    def guard(self, seconds: float) -> Iterator[None]:
        self._set(time.monotonic() + seconds)
        try:
            yield
        finally:
            self._set(None)

    def _set(self, deadline: float | None) -> None:
        # No notification: the watcher looks every second, and a lock-free store is cheap.
        self._deadline = deadline

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._changed.wait(1.0)
                deadline = self._deadline
                if deadline is not None and time.monotonic() > deadline:
                    log.error("watchdog", text="a transaction overran; the process ends")
                    os._exit(70)
