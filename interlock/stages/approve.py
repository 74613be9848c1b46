"""Approve on its working rows: one row a revision, whoever comes first, action or decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from processors.approve import ApproveFacts, Share, Step, process
from processors.signatures import check_decision
from processors.snapshot import Snapshot
from processors.transitions import answer
from schemas.events import Assessed, Decision, Executed, Reason
from schemas.faults import PassingFault, RecordFault
from schemas.names import EventId, Topic
from schemas.output import Answer, Refusal
from schemas.records import Record
from schemas.settings import Approver
from schemas.working import (
    APPROVALS,
    RESERVATIONS,
    ApprovalRow,
    ReservationRow,
    ReservationState,
    RevisionKey,
    WorkingRows,
)
from state.limits import release
from streams.stage import Input, read_record


class ApproveStage:
    name = "approve"
    topics = (Topic.ASSESSED, Topic.DECISIONS, Topic.EXECUTED)

    def __init__(
        self,
        settings: Callable[[], Snapshot],
        validity: timedelta,
        settings_proven: Callable[[], bool] = lambda: True,
    ) -> None:
        """`settings_proven`: whether the settings were the newest a moment ago."""
        self._settings = settings
        self._validity = validity
        self._settings_proven = settings_proven

    def read(self, record: Record) -> Input:
        """As `read_record`; what a decision says must be text everywhere it is told.

        Raises:
            RecordFault: also for NUL in what a person wrote.
        """
        entry = read_record(record)
        if isinstance(entry.event, Decision):
            _check_texts(entry.event)
        return entry

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        approvers = self._settings().approvers
        # Who is not authentic touches no row, not even a placeholder.
        speakers = self._speakers(inputs, approvers)
        heard = [entry for entry in inputs if not isinstance(speakers.get(entry.id), Refusal)]
        rows = tx.lock(APPROVALS, {key for entry in heard if (key := _key(entry)) is not None})
        changed: dict[RevisionKey, ApprovalRow] = {}
        shares: dict[RevisionKey, Share] = {}
        answers: list[Answer] = []
        for entry in inputs:
            speaker = speakers.get(entry.id)
            if isinstance(speaker, Refusal):
                answers.append(speaker)
                continue
            key = _key(entry)
            row = ApprovalRow(*_NOWHERE) if key is None else rows[key]
            facts = ApproveFacts(row, approvers, now, self._validity, speaker)
            answered = self._answer(entry, key, facts)
            if isinstance(answered, Refusal) or key is None:
                answers.append(answered if isinstance(answered, Refusal) else answered.outputs)
                continue
            rows[key] = changed[key] = answered.row
            if answered.share is not Share.KEEP:
                shares[key] = answered.share
            answers.append(answered.outputs)
        tx.save(APPROVALS, changed)
        _apply_shares(tx, shares)
        return answers

    def _speakers(
        self, inputs: Sequence[Input], approvers: Mapping[str, Approver]
    ) -> dict[EventId, Approver | Refusal]:
        """Whose word each decision is.

        Raises:
            PassingFault: decisions are here, but the list of approvers may be an old one.
        """
        decisions = [(entry.id, e) for entry in inputs if isinstance(e := entry.event, Decision)]
        if decisions and not self._settings_proven():
            raise PassingFault("settings_stale", "the list of approvers is not proven current")
        return {identity: check_decision(decision, approvers) for identity, decision in decisions}

    def _answer(self, entry: Input, key: RevisionKey | None, facts: ApproveFacts) -> Step | Refusal:
        event = entry.event
        assert isinstance(event, Assessed | Decision | Executed)
        step = process(event, facts)
        if (
            key is None
            and isinstance(event, Decision)
            and isinstance(step, Step)
            and not step.outputs
        ):
            # Authentic, but it names no single revision: it cannot wait for one.
            reason = Reason(code="revision_missing", text="name the action_id and the revision")
            return Step(
                facts.row, [answer(event, event.tenant_id, facts.now, "not_allowed", reason)]
            )
        return step


def _apply_shares(tx: WorkingRows, shares: dict[RevisionKey, Share]) -> None:
    """Give places in the limits back, or note that a person went over them."""
    if not shares:
        return
    reservations = tx.lock(RESERVATIONS, set(shares))
    overridden: dict[RevisionKey, ReservationRow] = {
        key: replace(reservations[key], state=ReservationState.OVERRIDE)
        for key, share in shares.items()
        if share is Share.OVERRIDE and reservations[key].state is ReservationState.NONE
    }
    tx.save(RESERVATIONS, overridden)
    release(tx, [(k, reservations[k]) for k, share in shares.items() if share is Share.RELEASE])


_NOWHERE: RevisionKey = ("", 0)  # type: ignore[assignment]


def _key(entry: Input) -> RevisionKey | None:
    event = entry.event
    assert isinstance(event, Assessed | Decision | Executed)
    if event.action_id is None or event.revision is None:
        return None
    return event.action_id, event.revision


def _check_texts(decision: Decision) -> None:
    for name, value in (("reason", decision.reason), ("notes", decision.notes)):
        if value is not None and "\0" in value:
            raise RecordFault("bad_field", f"{name}: holds a NUL")
