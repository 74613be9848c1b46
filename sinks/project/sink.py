"""The sink `project`: the loop that keeps the read models up with the log."""

import threading
import time
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import Engine

from schemas.faults import PassingFault
from sinks.metrics import SinkMetrics
from sinks.project.progress import Progress
from sinks.project.projection import NAME, Projection
from sinks.project.told import TOPICS
from state.store import PostgresStore
from streams.assignment import Fetched, Partition
from streams.dead_letters import DeadLetters
from streams.health import Health
from streams.runtime import backoff
from streams.source import RecordSource

log = structlog.get_logger()

_OBSERVE_EVERY_S = 2.0


class ProjectSink:
    """Writes `action_executions`, `action_approvals`, `action_definitions` and
    `tenant_action_settings` from the topics of `told.TOPICS`.

    `engine` is one of `state.engine.stage_engine`, `consumer` a configuration of
    `streams.clients.stage_consumer` for the group `interlock-project`, `producer` one of
    `streams.clients.producer`, for dead letters only.
    """

    def __init__(
        self,
        engine: Engine,
        consumer: Mapping[str, Any],
        producer: Mapping[str, Any],
        health: Health,
        most: int = 500,
    ) -> None:
        self._consumer = consumer
        self._health = health
        self._most = most
        self._metrics = SinkMetrics(NAME)
        store = PostgresStore(engine)
        self._progress = Progress(store, NAME)
        self._projection = Projection(store, self._progress, DeadLetters(producer), self._metrics)
        self._observed_at = 0.0
        self._told_group: dict[Partition, int] = {}

    def run(self, stopping: threading.Event) -> None:
        """Run in the calling thread until told to stop; the batch in hand is finished first.

        Raises:
            ProcessFault: this process cannot go on; end it with a non-zero exit.
        """
        self._health.waits("starting", "the stored positions are being read")
        if not self._load(stopping):
            return
        source = RecordSource(
            self._consumer,
            [topic.value for topic in TOPICS],
            self._most,
            start_at=self._progress.start_at,
        )
        self._health.runs()
        try:
            while not stopping.is_set():
                self._health.tick()
                batch = source.collect()
                if batch:
                    self._progress.check_log(item.record for item in batch)
                    self._handle(source, batch, stopping)
                if time.monotonic() - self._observed_at >= _OBSERVE_EVERY_S:
                    self._observe(source)
            self._observe(source)
        finally:
            source.close()

    def _load(self, stopping: threading.Event) -> bool:
        waits = 0
        while not stopping.is_set():
            try:
                self._progress.load()
                return True
            except PassingFault as fault:
                waits += 1
                self._waits(fault)
                stopping.wait(backoff(waits))
        return False

    def _handle(
        self, source: RecordSource, batch: list[Fetched], stopping: threading.Event
    ) -> None:
        """Work on a batch until it is applied, lost to another instance, or we stop."""
        waits = 0
        while batch:
            try:
                self._projection.apply([item.record for item in batch])
                break
            except PassingFault as fault:
                if stopping.is_set():
                    return
                waits += 1
                self._waits(fault)
                batch = source.wait(backoff(waits), batch)
        self._health.runs()

    def _waits(self, fault: PassingFault) -> None:
        self._health.waits(fault.code, fault.text)
        log.warning("waiting", sink=NAME, code=fault.code, text=fault.text)

    def _observe(self, source: RecordSource) -> None:
        """Metrics, and the group's offsets: tools that show lag look there, nothing else does."""
        self._observed_at = time.monotonic()
        self._metrics.lag(source.lag())
        known = self._progress.known(source.assignment.partitions)
        moved = {p: o for p, o in known.items() if o > self._told_group.get(p, 0)}
        if not moved:
            return
        try:
            source.commit(moved)
            self._told_group |= moved
        except PassingFault as fault:
            log.info("group_offsets_not_told", sink=NAME, text=fault.text)
