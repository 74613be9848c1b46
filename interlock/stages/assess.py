"""Assess on its working rows: the tenant's windows, and each action's place in them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from interlock.iam import Asker, Wanted
from processors.assess import process
from processors.checks import AssessFacts, Counters
from processors.permission import NOT_NEEDED, Permission, question_of
from processors.snapshot import Snapshot
from schemas.events import Drafted
from schemas.names import TenantId, Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.settings import TenantSettings
from schemas.working import (
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
        asker: Asker,
    ) -> None:
        self._settings = settings
        self._tenant_defaults = tenant_defaults
        self._system_enabled = system_enabled
        self._approval_sla_s = approval_sla_s
        self._asker = asker

    def read(self, record: Record) -> Input:
        return read_record(record)

    def prepare(self, inputs: Sequence[Input]) -> Sequence[Permission]:
        """What the IAM says of each. An action whose tool is gone goes no further anyway."""
        settings = self._settings()
        permissions = [NOT_NEEDED] * len(inputs)
        wanted: list[Wanted] = []
        places: list[int] = []
        for place, entry in enumerate(inputs):
            action = _drafted(entry)
            plugin = settings.plugin(action.tool, action.tool_version)
            if plugin is not None:
                wanted.append(Wanted(question_of(action, plugin), action.trace_id))
                places.append(place)
        for place, permission in zip(places, self._asker.ask(wanted), strict=True):
            permissions[place] = permission
        return permissions

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        settings = self._settings()
        actions = [_drafted(entry) for entry in inputs]
        keys: set[RevisionKey] = {(a.action_id, a.revision) for a in actions}
        reservations = tx.lock(RESERVATIONS, keys)
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = hour.replace(hour=0)
        limits = tx.lock(LIMITS, {k for a in actions for k in _windows(a.tenant_id, hour, day)})
        answers: list[Answer] = []
        for entry, action in zip(inputs, actions, strict=True):
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
                    permission=_permission(entry),
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


def _permission(entry: Input) -> Permission:
    assert isinstance(entry.prepared, Permission)
    return entry.prepared
