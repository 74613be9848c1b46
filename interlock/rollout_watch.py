"""Holds a staged rollout when what it lets run fails too often.

A loop beside `observe` reads `actions.executed` from as far back as the plans' windows reach and
follows it, without a group: it keeps nothing, and a restart counts the same log again. What it
publishes is a settings record under the plan's name, so that several instances that find the
same thing say the same thing. While no plan is in force it reads nothing.
"""

import threading
import time
from datetime import UTC, datetime

import structlog

from interlock.configuration import write_settings
from interlock.executions import Executions
from processors.rollout_failures import Recent, holds_due
from processors.snapshot import Snapshot
from schemas.events import Setting
from schemas.faults import PassingFault
from schemas.names import SettingKind
from streams.clients import Config
from streams.control_feed import ControlFeed
from streams.health import Health
from streams.runtime import backoff

log = structlog.get_logger()

ACTOR = "interlock observe"
_IDLE_S = 1.0
_JUDGE_EVERY_S = 1.0


class RolloutWatch:
    """See the module's docstring; one thread calls `run`."""

    def __init__(self, kafka: Config, feed: ControlFeed[Snapshot], health: Health) -> None:
        self._kafka = kafka
        self._feed = feed
        self._health = health
        self._said_at = -1
        """Offset of what we published last: before we see it there is nothing to add."""

    def run(self, stopping: threading.Event) -> None:
        """Run until told to stop.

        Raises:
            ProcessFault: this process cannot go on.
        """
        waits = 0
        while not stopping.is_set():
            try:
                self._watch(stopping)
                waits = 0
            except PassingFault as fault:
                waits += 1
                self._health.waits(fault.code, fault.text)
                log.warning("waiting", loop="rollout-watch", code=fault.code, text=fault.text)
                stopping.wait(backoff(waits))

    def _watch(self, stopping: threading.Event) -> None:
        """Follow the executions while the plans' longest window stays what it is."""
        length = _longest_window(self._feed.snapshot)
        if length == 0:
            self._health.runs()
            self._health.tick()
            stopping.wait(_IDLE_S)
            return
        recent = Recent(length)
        judged_at = 0.0
        with Executions(self._kafka, length) as executions:
            self._health.runs()
            while not stopping.is_set() and _longest_window(self._feed.snapshot) == length:
                self._health.tick()
                for executed in executions.take():
                    recent.add(executed, datetime.now(UTC))
                if time.monotonic() - judged_at >= _JUDGE_EVERY_S:
                    judged_at = time.monotonic()
                    self._judge(recent)

    def _judge(self, recent: Recent) -> None:
        settings = self._feed.snapshot
        if settings.version < self._said_at:
            return
        records = [
            Setting(
                kind=SettingKind.ROLLOUT_HOLD,
                key=plan,
                value=hold.model_dump(mode="json"),
                actor=ACTOR,
                at=datetime.now(UTC),
            )
            for plan, hold in holds_due(settings, recent)
        ]
        if records:
            self._said_at = write_settings(self._kafka, records)
            for record in records:
                reason = (record.value or {}).get("reason")
                log.error("rollout_held", plan=record.key, reason=reason)


def _longest_window(settings: Snapshot) -> int:
    return max((plan.hold.window_s for plan in settings.rollouts.values()), default=0)
