"""Holds a staged rollout when what it lets run fails too often.

A loop beside `observe` reads `actions.executed` from as far back as the plans' windows reach and
follows it, without a group: it keeps nothing, and a restart counts the same log again. What it
publishes is a settings record under the plan's name, so that several instances that find the
same thing say the same thing. While no plan is in force it reads nothing.
"""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import structlog
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from interlock.configuration import write_settings
from processors.rollout_failures import Recent, holds_due
from processors.snapshot import Snapshot
from schemas.codec import decode
from schemas.events import Executed, Setting
from schemas.faults import PassingFault, ProcessFault, RecordFault
from schemas.names import SettingKind, Topic
from streams.clients import Config
from streams.control_feed import ControlFeed
from streams.fatal import is_fatal
from streams.health import Health
from streams.runtime import backoff

log = structlog.get_logger()

ACTOR = "interlock observe"
TIMEOUT_S = 10.0
_POLL_S = 0.2
_IDLE_S = 1.0
_JUDGE_EVERY_S = 1.0
_LOOK_FOR_PARTITIONS_S = 30.0
_BATCH = 500


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
        with _Executions(self._kafka, length) as executions:
            self._health.runs()
            while not stopping.is_set() and _longest_window(self._feed.snapshot) == length:
                self._health.tick()
                for executed in executions.take():
                    recent.add(executed)
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


class _Executions:
    """`actions.executed` of all partitions, from `length_s` before now."""

    def __init__(self, kafka: Config, length_s: int) -> None:
        self._begin_ms = int((time.time() - length_s) * 1000)
        self._consumer = Consumer(_reader(kafka))
        self._known: set[int] = set()
        self._looked_at = float("-inf")

    def take(self) -> Sequence[Executed]:
        """What there is; waits a moment when there is nothing.

        Raises:
            PassingFault: the broker is away, or the topic is not there yet.
            ProcessFault: the client cannot go on.
        """
        try:
            if time.monotonic() - self._looked_at >= _LOOK_FOR_PARTITIONS_S:
                self._assign()
                self._looked_at = time.monotonic()
            messages = self._consumer.consume(_BATCH, _POLL_S)
        except KafkaException as error:
            raise _fault(error.args[0]) from error
        return [executed for message in messages if (executed := _executed(message)) is not None]

    def _assign(self) -> None:
        """Partitions that came since are read from the same moment on."""
        topic = Topic.EXECUTED.value
        found = self._consumer.list_topics(topic, TIMEOUT_S).topics[topic]
        if found.error is not None:
            raise PassingFault("topic_missing", f"{topic}: {found.error.str()}")
        fresh = [
            TopicPartition(topic, partition, self._begin_ms)
            for partition in sorted(set(found.partitions) - self._known)
        ]
        if not fresh:
            return
        # Asked for first: what is written between the two answers must not be passed over.
        ends = {at.partition: self._consumer.get_watermark_offsets(at, TIMEOUT_S) for at in fresh}
        starts = self._consumer.offsets_for_times(fresh, TIMEOUT_S)
        for start in starts:
            if start.error is not None:
                raise _fault(start.error)
            if start.offset < 0:
                # No record is as young as that.
                end = ends[start.partition]
                if end is None:
                    raise PassingFault("broker_away", f"{topic}: its end was not told in time")
                start.offset = end[1]
        self._consumer.incremental_assign(starts)
        self._known |= {start.partition for start in starts}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._consumer.close()


def _executed(message: Message) -> Executed | None:
    """The event; None for what nobody can read, which is for the stages to put aside."""
    error = message.error()
    if error is not None:
        if is_fatal(error):
            raise _fault(error)
        return None
    value = message.value()
    try:
        event = decode(Topic.EXECUTED, value.encode() if isinstance(value, str) else value)
    except RecordFault:
        return None
    return event if isinstance(event, Executed) else None


def _longest_window(settings: Snapshot) -> int:
    return max((plan.hold.window_s for plan in settings.rollouts.values()), default=0)


def _fault(error: KafkaError) -> PassingFault | ProcessFault:
    if is_fatal(error):
        return ProcessFault("rollout_watch_lost", error.str())
    return PassingFault("broker_away", error.str())


def _reader(base: Config) -> dict[str, str | int | float | bool]:
    """A consumer that belongs to no group; the client wants a name for one all the same."""
    return {
        **base,
        "log_level": 2,
        "client.id": "interlock-rollout-watch",
        "group.id": "interlock-rollout-watch",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1_000,
    }
