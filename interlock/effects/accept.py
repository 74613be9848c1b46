"""Accept: approved actions into the ledger's queue, then an ordinary offset commit.

Inserting is idempotent by (action_id, revision), so a record read twice changes nothing and
no transaction with Kafka is needed.
"""

import threading
from collections.abc import Callable, Mapping, Sequence

import structlog

from interlock.effects.runner import utc_now
from schemas.codec import decode
from schemas.events import Approved
from schemas.faults import PassingFault, RecordFault
from schemas.identified import check_identity
from schemas.ledger import Ledger
from schemas.names import Topic
from schemas.records import Outgoing
from streams.assignment import Fetched, Partition
from streams.crash_points import CrashPoint, passing
from streams.dead_letters import DeadLetters
from streams.envelope import dead_letter
from streams.health import Health
from streams.runtime import backoff
from streams.source import RecordSource

log = structlog.get_logger()


class Accept:
    """The accepting loop, in a thread and on a database session of its own."""

    def __init__(
        self,
        source: RecordSource,
        ledger: Ledger,
        dead_letters: DeadLetters,
        health: Health,
        on_accepted: Callable[[], None],
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._dead_letters = dead_letters
        self._health = health
        self._on_accepted = on_accepted

    def run(self, stopping: threading.Event) -> None:
        """Accept until stopped.

        Raises:
            ProcessFault: the consumer is dead.
        """
        self._health.runs()
        try:
            while not stopping.is_set():
                self._health.tick()
                batch = self._source.collect()
                if batch:
                    self._handle(batch, stopping)
        finally:
            self._health.ends()
            self._source.close()

    def _handle(self, batch: list[Fetched], stopping: threading.Event) -> None:
        waits = 0
        while batch:
            try:
                self._accept(batch)
                self._health.runs()
                return
            except PassingFault as fault:
                if stopping.is_set():
                    return
                waits += 1
                self._health.waits(fault.code, fault.text)
                log.warning("waiting", stage="accept", code=fault.code, text=fault.text)
                batch = self._source.wait(backoff(waits), batch)
        self._health.runs()

    def _accept(self, batch: Sequence[Fetched]) -> None:
        """1. queue, and wake the runner  2. dead letters, flushed  3. offsets."""
        read: list[tuple[Fetched, Approved]] = []
        refused: list[Outgoing] = []
        offsets: dict[Partition, int] = {}
        for item in batch:
            at = item.record.coordinates
            offsets[at.topic, at.partition] = at.offset + 1
            try:
                event = decode(Topic.APPROVED, item.record.value)
                assert isinstance(event, Approved)
                check_identity(event)
                read.append((item, event))
            except RecordFault as fault:
                refused.append(dead_letter("accept", item.record, fault.code, fault.text))
        refused += self._queue(read, offsets)
        self._on_accepted()
        passing("execute", CrashPoint.AFTER_ACCEPT)
        self._dead_letters.write(refused)
        self._source.commit(offsets)

    def _queue(
        self, read: Sequence[tuple[Fetched, Approved]], offsets: Mapping[Partition, int]
    ) -> list[Outgoing]:
        """Queue them, and note how far that is; dead letters for those the database refuses,
        found one by one."""
        try:
            self._ledger.accept([action for _, action in read], utc_now(), offsets)
            return []
        except RecordFault:
            letters: list[Outgoing] = []
            for item, action in read:
                try:
                    self._ledger.accept([action], utc_now())
                except RecordFault as fault:
                    letters.append(dead_letter("accept", item.record, fault.code, fault.text))
            self._ledger.accept([], utc_now(), offsets)
            return letters
