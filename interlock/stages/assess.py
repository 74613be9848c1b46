"""Assess on its working rows: the windows of a batch's actions, and each one's place in them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from processors.assess import decide, examine
from processors.checks import AssessFacts, Case
from processors.limits import Room
from processors.snapshot import Snapshot
from schemas.events import Drafted
from schemas.names import Topic
from schemas.output import Answer
from schemas.records import Record
from schemas.settings import TenantSettings
from schemas.working import (
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
    ) -> None:
        self._settings = settings
        self._tenant_defaults = tenant_defaults
        self._system_enabled = system_enabled
        self._approval_sla_s = approval_sla_s

    def read(self, record: Record) -> Input:
        return read_record(record)

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        facts = AssessFacts(
            settings=self._settings(),
            tenant_defaults=self._tenant_defaults,
            system_enabled=self._system_enabled,
            now=now,
            approval_sla_s=self._approval_sla_s,
        )
        cases = [examine(_drafted(entry), facts) for entry in inputs]
        reservations = tx.lock(RESERVATIONS, {_key(case) for case in cases})
        asked = {demand.key for case in cases for demand in case.demands}
        room = Room(tx.lock(LIMITS, asked))
        answers: list[Answer] = []
        reserved: dict[RevisionKey, ReservationRow] = {}
        for case in cases:
            key = _key(case)
            assessment = decide(case, room.used(case.demands))
            answers.append(assessment.outputs)
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
        return answers


def _key(case: Case) -> RevisionKey:
    return case.action.action_id, case.action.revision


def _drafted(entry: Input) -> Drafted:
    assert isinstance(entry.event, Drafted)
    return entry.event
