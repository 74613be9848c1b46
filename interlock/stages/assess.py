"""Assess on its working rows: the windows of a batch's actions, each one's place in them, and how
earlier ones of its type ended.

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

from interlock.iam import Asker, Wanted
from processors.assess import decide, examine
from processors.checks import AssessFacts, Case
from processors.history import known
from processors.limits import Room
from processors.permission import NOT_NEEDED, Permission, question_of
from processors.snapshot import Snapshot
from schemas.events import Drafted
from schemas.names import Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.settings import TenantSettings
from schemas.working import (
    HISTORIES,
    LIMITS,
    RESERVATIONS,
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
        shared = AssessFacts(
            settings=self._settings(),
            tenant_defaults=self._tenant_defaults,
            system_enabled=self._system_enabled,
            now=now,
            approval_sla_s=self._approval_sla_s,
        )
        actions = [_drafted(entry) for entry in inputs]
        histories = tx.read(HISTORIES, {(a.tenant_id, a.action_type) for a in actions})
        cases = [
            examine(
                action,
                replace(
                    shared,
                    history=known(histories[action.tenant_id, action.action_type], now),
                    permission=_permission(entry),
                ),
            )
            for entry, action in zip(inputs, actions, strict=True)
        ]
        reservations = tx.lock(RESERVATIONS, {_key(case) for case in cases})
        asked = {d.key(case.action.tenant_id) for case in cases for d in case.demands}
        room = Room(tx.lock(LIMITS, asked))
        answers: list[Answer] = []
        reserved: dict[RevisionKey, ReservationRow] = {}
        for case in cases:
            tenant, key = case.action.tenant_id, _key(case)
            assessment = decide(case, room.used(tenant, case.demands))
            answers.append(assessment.outputs)
            # A revision that comes a second time has its place already.
            if assessment.reserve and reservations[key].state is ReservationState.NONE:
                taken = room.take(tenant, case.demands)
                reservations[key] = reserved[key] = ReservationRow(
                    *key, tenant, ReservationState.RESERVED, taken
                )
        tx.save(LIMITS, room.changed)
        tx.save(RESERVATIONS, reserved)
        return answers


def _key(case: Case) -> RevisionKey:
    return case.action.action_id, case.action.revision


def _drafted(entry: Input) -> Drafted:
    assert isinstance(entry.event, Drafted)
    return entry.event


def _permission(entry: Input) -> Permission:
    assert isinstance(entry.prepared, Permission)
    return entry.prepared
