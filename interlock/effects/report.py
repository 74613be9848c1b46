"""Report: what the ledger has to tell, published at least once, out of the
outbox after the broker has it.

Settle drops what was told twice by the report's id. Rows are published in the order they were
inserted; an action's own order is its `sequence`, whatever arrives first.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from interlock.effects.runner import utc_now
from schemas.events import EffectReport
from schemas.faults import PassingFault, ProcessFault
from schemas.identity import report_id
from schemas.ledger import Ledger, Untold
from schemas.names import Topic
from streams.crash_points import CrashPoint, passing
from streams.dead_letters import fault_of
from streams.envelope import attributes
from streams.fatal import is_fatal
from streams.health import Health
from streams.runtime import backoff

log = structlog.get_logger()

MOST = 500
IDLE_S = 0.2
FLUSH_S = 10.0


class Reporter:
    """The publishing loop. Two instances may publish the same row: harmless, and rare."""

    def __init__(self, ledger: Ledger, producer_config: Mapping[str, Any], health: Health) -> None:
        self._ledger = ledger
        self._producer = Producer(dict(producer_config))
        self._health = health
        self._wake = threading.Event()

    def wake(self) -> None:
        self._wake.set()

    def run(self, stopping: threading.Event) -> None:
        """Publish until stopped, and once more after, for what was recorded last.

        Raises:
            ProcessFault: the producer is dead.
        """
        waits = 0
        while True:
            last = stopping.is_set()
            try:
                told = self.step()
                self._health.runs()
                waits = 0
            except PassingFault as fault:
                if last:
                    return
                waits += 1
                self._health.waits(fault.code, fault.text)
                log.warning("waiting", stage="report", code=fault.code, text=fault.text)
                stopping.wait(backoff(waits))
                continue
            if last and not told:
                return
            if told < MOST:
                self._wake.wait(IDLE_S)
            self._wake.clear()

    def step(self) -> int:
        """Publish a batch; how many rows it had."""
        reports = self._ledger.untold(MOST)
        if not reports:
            return 0
        passing("execute", CrashPoint.BEFORE_REPORT)
        self._publish(reports)
        passing("execute", CrashPoint.AFTER_REPORT)
        self._ledger.told(reports)
        return len(reports)

    def _publish(self, reports: Sequence[Untold]) -> None:
        failed: list[KafkaError] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                failed.append(error)

        now = utc_now()
        for report in reports:
            action, revision = report.key
            ce_id = report_id(action, revision, report.step)
            try:
                self._producer.produce(
                    Topic.REPORTS.value,
                    value=report.report,
                    key=report.tenant.encode(),
                    headers=list(attributes(ce_id, "execute", EffectReport, now, action)),
                    on_delivery=delivered,
                )
            except (BufferError, KafkaException) as error:
                raise fault_of(error, "report_not_sent") from error
        left = self._producer.flush(FLUSH_S)
        if left:
            self._producer.purge()
        fatal = next((error for error in failed if is_fatal(error)), None)
        if fatal is not None:
            raise ProcessFault("producer_fatal", fatal.str())
        if left or failed:
            text = failed[0].str() if failed else f"{left} not acknowledged in {FLUSH_S} s"
            raise PassingFault("report_not_sent", text)
