"""The transactional runtime of a stage: consume, decide, produce, each input once.

    collect a batch → one PostgreSQL transaction (outcomes) → one Kafka transaction (outputs
    and offsets). The database first, Kafka second, each idempotent by key: killed anywhere
    between, the next run finds the recorded outcome and emits it.

Failure points and what the next run finds are named in `streams.crash_points`; the tests
under `tests/crash` end the process at each.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from schemas.faults import PassingFault, ProcessFault
from streams.assignment import Fetched, Partition
from streams.crash_points import CrashPoint, passing
from streams.health import Health
from streams.metrics import StageMetrics
from streams.outcomes import Emission, OutcomeStore, Result, decide_batch
from streams.source import RecordSource
from streams.stage import Stage
from streams.transaction import Aborted, TransactionalWriter

log = structlog.get_logger()

LONGEST_WAIT_S = 5.0
LARGEST_TRANSACTION = 16 * 1024 * 1024
"""Bytes of outputs in one Kafka transaction, well within what its timeout allows."""
_LAG_EVERY_S = 2.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Shell:
    """What a stage runs on."""

    store: OutcomeStore
    source: RecordSource
    writer: TransactionalWriter
    health: Health
    metrics: StageMetrics
    clock: Callable[[], datetime] = utc_now


class StageRuntime:
    """Runs one stage in the calling thread until it is told to stop.

    A stop drains: the batch in hand is finished, then the consumer is closed.

    Raises:
        ProcessFault: this process cannot go on; end it with a non-zero exit.
    """

    def __init__(self, stage: Stage, shell: Shell) -> None:
        self._stage = stage
        self._shell = shell
        self._lag_at = 0.0

    def run(self, stopping: threading.Event) -> None:
        health, source = self._shell.health, self._shell.source
        health.waits("starting", "transactions are being fenced")
        if not self._shell.writer.start(stopping):
            return
        health.runs()
        try:
            while not stopping.is_set():
                health.tick()
                batch = source.collect()
                if batch:
                    self._handle(batch, stopping)
                self._observe_lag()
        finally:
            health.ends()
            source.close()

    def _handle(self, batch: list[Fetched], stopping: threading.Event) -> None:
        """Work on a batch until it is written, lost to another instance, or we stop."""
        waits = 0
        while batch:
            try:
                self._shell.source.check_new(batch, self._decided_positions)
                emissions = self._decide(batch)
                self._write(emissions)
                self._shell.health.runs()
                return
            except Aborted as aborted:
                log.warning("rewinding", stage=self._stage.name, error=str(aborted))
                self._shell.metrics.aborted()
                self._rewind(batch, stopping)
                return
            except PassingFault as fault:
                if stopping.is_set():
                    return
                waits += 1
                self._shell.health.waits(fault.code, fault.text)
                log.warning("waiting", stage=self._stage.name, code=fault.code, text=fault.text)
                batch = self._shell.source.wait(backoff(waits), batch)
                self._shell.health.tick()
        # All of it is somebody else's by now.
        self._shell.health.runs()

    def _decide(self, batch: Sequence[Fetched]) -> list[Emission]:
        name = self._stage.name
        with self._shell.metrics.deciding():
            emissions = decide_batch(
                self._shell.store,
                self._stage,
                [item.record for item in batch],
                self._shell.clock(),
                lambda: passing(name, CrashPoint.BEFORE_OUTCOME_COMMIT),
            )
        passing(name, CrashPoint.AFTER_OUTCOME_COMMIT)
        return emissions

    def _write(self, emissions: Sequence[Emission]) -> None:
        """In one transaction, or in several where one would take too long for its timeout."""
        for part in by_size(emissions, LARGEST_TRANSACTION):
            offsets: dict[Partition, int] = {}
            for emission in part:
                at = emission.record.coordinates
                offsets[at.topic, at.partition] = at.offset + 1
            outputs = [output for emission in part for output in emission.outputs]
            with self._shell.metrics.committing():
                self._shell.writer.write(outputs, offsets, self._shell.source)
            self._shell.metrics.handled(part)
            for emission in part:
                if emission.result is Result.REFUSED:
                    _log_refused(self._stage.name, emission)

    def _rewind(self, batch: Sequence[Fetched], stopping: threading.Event) -> None:
        """After an abort, read the batch's partitions again from where they are committed."""
        partitions = _partitions(batch)
        waits = 0
        while not stopping.is_set():
            try:
                self._shell.source.rewind(partitions)
                self._shell.health.runs()
                return
            except PassingFault as fault:
                waits += 1
                self._shell.health.waits(fault.code, fault.text)
                if waits > 20:
                    raise ProcessFault("rewind_failed", fault.text) from fault
                # What slips in meanwhile is not worked on before the rewind: rewind it too.
                partitions |= _partitions(self._shell.source.wait(backoff(waits), []))

    def _decided_positions(self) -> dict[Partition, int]:
        return dict(self._shell.store.positions(self._stage.name))

    def _observe_lag(self) -> None:
        now = time.monotonic()
        if now - self._lag_at >= _LAG_EVERY_S:
            self._lag_at = now
            self._shell.metrics.lag(self._shell.source.lag())


def _log_refused(stage: str, emission: Emission) -> None:
    headers = dict(emission.outputs[0].headers)
    at = emission.record.coordinates
    log.warning(
        "dead_letter",
        stage=stage,
        topic=at.topic,
        partition=at.partition,
        offset=at.offset,
        code=headers["__streams.errors.exception"].decode(),
    )


def by_size(emissions: Sequence[Emission], most: int) -> Iterator[list[Emission]]:
    """Emissions in order, in parts of at most so many bytes of outputs; never an empty part."""
    part: list[Emission] = []
    size = 0
    for emission in emissions:
        bytes_of = sum(len(output.value or b"") for output in emission.outputs)
        if part and size + bytes_of > most:
            yield part
            part, size = [], 0
        part.append(emission)
        size += bytes_of
    if part:
        yield part


def _partitions(batch: Sequence[Fetched]) -> set[Partition]:
    return {(item.record.coordinates.topic, item.record.coordinates.partition) for item in batch}


def backoff(attempt: int) -> float:
    """Seconds to wait before the next attempt: doubling from 50 ms to 5 s, with jitter."""
    bound: float = min(LONGEST_WAIT_S, 0.05 * 2 ** min(attempt, 10))
    return bound * random.uniform(0.5, 1.0)
