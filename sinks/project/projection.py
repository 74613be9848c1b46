"""One batch of records into the tables: rows and positions in the same transaction."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from schemas.faults import ProcessFault, RecordFault
from schemas.records import Record
from sinks.metrics import SinkMetrics
from sinks.project.actions import write_actions
from sinks.project.configured import write_configured
from sinks.project.progress import Progress
from sinks.project.told import Configured, Message, Nothing, Told, read
from state.store import PostgresStore
from streams.assignment import Partition
from streams.bisection import bisected
from streams.crash_points import CrashPoint, passing
from streams.dead_letters import DeadLetters
from streams.envelope import dead_letter

log = structlog.get_logger()

NAME = "project"
"""Consumer of the positions, in dead letters' headers and in metrics: never renamed."""


class Result(StrEnum):
    APPLIED = "applied"
    IGNORED = "ignored"
    SKIPPED = "skipped"
    """Below the stored position: somebody has applied it."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class _Item:
    record: Record
    message: Message | RecordFault

    @property
    def partition(self) -> Partition:
        return self.record.coordinates.topic, self.record.coordinates.partition

    @property
    def result(self) -> Result:
        if isinstance(self.message, RecordFault):
            return Result.REFUSED
        return Result.IGNORED if isinstance(self.message, Nothing) else Result.APPLIED


class Projection:
    """Applies batches. The same batch may be given again after any fault."""

    def __init__(
        self,
        store: PostgresStore,
        progress: Progress,
        dead_letters: DeadLetters,
        metrics: SinkMetrics,
    ) -> None:
        self._store = store
        self._progress = progress
        self._dead_letters = dead_letters
        self._metrics = metrics

    def apply(self, records: Sequence[Record]) -> None:
        """All records, in one transaction; in several if the database refuses one of them.

        Raises:
            PassingFault: not all are applied; give them again.
            ProcessFault: the database or the log is not the one this process began with.
        """
        items = [_Item(record, _read(record)) for record in records]
        with self._metrics.batch():
            results = bisected(items, self._transaction, _refused)
        self._metrics.handled(Counter(result.value for result in results))

    def _transaction(self, items: Sequence[_Item]) -> list[Result]:
        """1. lock the positions  2. drop what is below them  3. rows  4. dead letters, flushed
        5. positions  6. commit. A process killed before 6 has done nothing but, at most,
        written a dead letter that will be written again."""
        reached = {item.partition: item.record.coordinates.offset + 1 for item in items}
        with self._store.begin() as tx:
            stored = self._progress.lock(tx, reached)
            fresh = [i for i in items if i.record.coordinates.offset >= stored[i.partition]]
            messages = [item.message for item in fresh]
            rows = write_actions(tx, [m for m in messages if isinstance(m, Told)])
            write_configured(tx.connection, [m for m in messages if isinstance(m, Configured)])
            self._bury([item for item in fresh if isinstance(item.message, RecordFault)])
            self._progress.store(tx, reached)
            passing(NAME, CrashPoint.BEFORE_OUTCOME_COMMIT)
        passing(NAME, CrashPoint.AFTER_OUTCOME_COMMIT)
        self._progress.stored({p: max(offset, stored[p]) for p, offset in reached.items()})
        self._metrics.rows(rows)
        return [
            item.result
            if item.record.coordinates.offset >= stored[item.partition]
            else Result.SKIPPED
            for item in items
        ]

    def _bury(self, items: Sequence[_Item]) -> None:
        letters = []
        for item in items:
            assert isinstance(item.message, RecordFault)
            at, fault = item.record.coordinates, item.message
            log.warning(
                "dead_letter",
                sink=NAME,
                topic=at.topic,
                partition=at.partition,
                offset=at.offset,
                code=fault.code,
            )
            letters.append(dead_letter(NAME, item.record, fault.code, fault.text))
        self._dead_letters.write(letters)


def _read(record: Record) -> Message | RecordFault:
    try:
        return read(record)
    except RecordFault as fault:
        return fault


def _refused(item: _Item, fault: RecordFault) -> _Item:
    if isinstance(item.message, RecordFault):
        raise ProcessFault(
            "database_refuses_positions", f"not the record's fault: {fault.text}"
        ) from fault
    return _Item(item.record, fault)
