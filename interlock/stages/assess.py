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
from typing import NamedTuple

from interlock.iam import Asker, Wanted
from interlock.stages.verdict_metrics import count
from processors.assess import decide, examine
from processors.capability import Capable, capable
from processors.checks import AssessFacts, Case
from processors.history import known
from processors.limits import Room
from processors.permission import NOT_NEEDED, Permission, question_of, unavailable
from processors.snapshot import Snapshot
from processors.untrusted import all_with_untrusted_labels
from schemas.events import Assessed, Drafted
from schemas.names import TenantId, Topic
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


class _Prepared(NamedTuple):
    """What was found out about an action before the transaction, and under which settings."""

    drafted: Drafted
    """With its untrusted labels, which no settings change."""
    settings: Snapshot
    able: Capable
    permission: Permission

    @property
    def tool(self) -> tuple[str, str] | None:
        plugin = self.able.plugin
        return None if plugin is None else (plugin.tool, plugin.version)

    @property
    def type_key(self) -> tuple[TenantId, str]:
        return self.able.action.tenant_id, self.able.action.action_type

    def under(self, settings: Snapshot) -> "_Prepared":
        """The same under the settings that hold by now. What was said of one tool is no word on
        another."""
        if settings is self.settings:
            return self
        now = self._replace(settings=settings, able=capable(self.drafted, settings))
        if now.tool == self.tool:
            return now
        return now._replace(permission=unavailable("asked_of_another_tool"))


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

    def prepare(self, inputs: Sequence[Input]) -> Sequence[_Prepared]:
        """Each with its untrusted labels, the tool that can do it, and what the IAM says of it. An
        action whose tool is gone goes no further anyway. Long texts are looked at here: PostgreSQL
        ends a transaction in which nothing is asked of it for a while, at every attempt anew."""
        settings = self._settings()
        drafted = all_with_untrusted_labels([_drafted(entry) for entry in inputs])
        found = [capable(action, settings) for action in drafted]
        wanted = [
            Wanted(question_of(able.action, able.plugin), able.action.trace_id)
            for able in found
            if able.plugin is not None
        ]
        answers = iter(self._asker.ask(wanted))
        return [
            _Prepared(action, settings, able, NOT_NEEDED if able.plugin is None else next(answers))
            for action, able in zip(drafted, found, strict=True)
        ]

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        shared = AssessFacts(
            settings=self._settings(),
            tenant_defaults=self._tenant_defaults,
            system_enabled=self._system_enabled,
            now=now,
            approval_sla_s=self._approval_sla_s,
        )
        prepared = [_prepared(entry).under(shared.settings) for entry in inputs]
        histories = tx.read(HISTORIES, {one.type_key for one in prepared})
        cases = [
            examine(
                one.able,
                replace(
                    shared,
                    history=known(histories[one.type_key], now),
                    permission=one.permission,
                ),
            )
            for one in prepared
        ]
        reservations = tx.lock(RESERVATIONS, {_key(case) for case in cases})
        asked = {demand.key for case in cases for demand in case.demands}
        room = Room(tx.lock(LIMITS, asked))
        answers: list[Answer] = []
        verdicts: list[Assessed] = []
        reserved: dict[RevisionKey, ReservationRow] = {}
        for case in cases:
            key = _key(case)
            assessment = decide(case, room.used(case.demands))
            answers.append(assessment.outputs)
            verdicts.append(assessment.assessed)
            # A revision that comes a second time has its place already.
            if assessment.reserve and reservations[key].state is ReservationState.NONE:
                reservations[key] = reserved[key] = ReservationRow(
                    *key,
                    case.action.tenant_id,
                    ReservationState.RESERVED,
                    room.take(case.demands),
                )
        tx.save(LIMITS, room.changed)
        tx.save(RESERVATIONS, reserved)
        count(verdicts)
        return answers


def _key(case: Case) -> RevisionKey:
    return case.action.action_id, case.action.revision


def _drafted(entry: Input) -> Drafted:
    assert isinstance(entry.event, Drafted)
    return entry.event


def _prepared(entry: Input) -> _Prepared:
    assert isinstance(entry.prepared, _Prepared)
    return entry.prepared
