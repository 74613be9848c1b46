"""Assess on its working rows: the tenant's windows, each action's place in them, and how earlier
ones of its type ended.

Histories are read without a lock. Settle writes them, and a row of (tenant, type) locked by both
would make every assessment of a busy type wait for every execution of it, and let the two wait for
each other. What is read was committed, and may be older than what is committed by the end of this
transaction: then a person is asked although a first success came in just now, or a failure of this
very moment is not counted, as if the action had been assessed a moment earlier. A type is never
taken for known before a success of it was committed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from processors.assess import process
from processors.checks import AssessFacts, Counters
from processors.history import known
from processors.snapshot import Snapshot
from schemas.events import Drafted
from schemas.names import TenantId, Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.settings import TenantSettings
from schemas.working import (
    HISTORIES,
    LIMITS,
    RESERVATIONS,
    LimitKey,
    ReservationRow,
    ReservationState,
    RevisionKey,
    WorkingRows,
)
from streams.stage import Input, read_record


class AssessStage:
    name = "assess"
    topics = (Topic.DRAFTED,)

    def __init__(
        self,
        settings: Callable[[], Snapshot],
        tenant_defaults: TenantSettings,
        system_enabled: bool,
        approval_sla_s: int,
    ) -> None:
        self._settings = settings
        self._tenant_defaults = tenant_defaults
        self._system_enabled = system_enabled
        self._approval_sla_s = approval_sla_s

    def read(self, record: Record) -> Input:
        return read_record(record)

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        settings = self._settings()
        actions = [_drafted(entry) for entry in inputs]
        keys: set[RevisionKey] = {(a.action_id, a.revision) for a in actions}
        reservations = tx.lock(RESERVATIONS, keys)
        histories = tx.read(HISTORIES, {(a.tenant_id, a.action_type) for a in actions})
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = hour.replace(hour=0)
        limits = tx.lock(LIMITS, {k for a in actions for k in _windows(a.tenant_id, hour, day)})
        answers: list[Answer] = []
        for action in actions:
            of_hour, of_day = _windows(action.tenant_id, hour, day)
            assessment = process(
                action,
                AssessFacts(
                    settings=settings,
                    tenant_defaults=self._tenant_defaults,
                    system_enabled=self._system_enabled,
                    now=now,
                    counters=Counters(limits[of_hour].used, limits[of_day].used),
                    approval_sla_s=self._approval_sla_s,
                    history=known(histories[action.tenant_id, action.action_type], now),
                ),
            )
            answers.append(assessment.outputs)
            key: RevisionKey = (action.action_id, action.revision)
            if assessment.reserve and reservations[key].state is ReservationState.NONE:
                for window in (of_hour, of_day):
                    limits[window] = replace(limits[window], used=limits[window].used + 1)
                reservations[key] = ReservationRow(
                    *key, action.tenant_id, ReservationState.RESERVED, hour, day
                )
        tx.save(LIMITS, limits)
        tx.save(RESERVATIONS, reservations)
        return answers


def _windows(tenant: TenantId, hour: datetime, day: datetime) -> tuple[LimitKey, LimitKey]:
    return (tenant, "tenant:hour", hour), (tenant, "tenant:day", day)


def _drafted(entry: Input) -> Drafted:
    assert isinstance(entry.event, Drafted)
    return entry.event
