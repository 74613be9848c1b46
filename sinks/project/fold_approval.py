"""What was asked of people about one revision, folded like `sinks.project.fold`.

The question comes from the assessment, the words about it from state changes and from
`actions.approved`, which alone names everyone of a quorum.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from schemas.events import Approved, Assessed, Executed
from schemas.names import Verdict
from schemas.states import ROW_STATUS, ApprovalState, RowApproval, State
from sinks.project.rows import ApprovalRow
from sinks.project.told import ActionNews, Transition

WORDS: dict[State, RowApproval] = {
    state: status
    for state in (
        State.PENDING_APPROVAL,
        State.APPROVED,
        State.REJECTED,
        State.EXPIRED,
        State.REVOKED,
        State.SUPERSEDED,
    )
    if (status := ROW_STATUS[state][1]) is not None
}
"""States that say something about a person's approval. `auto_approved` and `denied` do not:
nobody is asked."""


@dataclass(frozen=True, slots=True)
class _Word:
    sequence: int
    status: RowApproval
    by: list[str]
    at: datetime


def concerns_approval(news: ActionNews) -> bool:
    """Whether the event is about a person's approval: only then its revision has a row."""
    return _question(news) is not None or _word(news) is not None


def fold_approval(row: ApprovalRow, news: ActionNews) -> ApprovalRow:
    """The row after one more event that `concerns_approval`."""
    if (asked := _question(news)) is not None:
        row = _described(row, asked)
    if (word := _word(news)) is not None:
        row = _said(row, word, news)
    return row


def _question(news: ActionNews) -> Assessed | None:
    if not isinstance(news, Assessed):
        return None
    by_a_person = isinstance(news, Approved) and news.approval.state is ApprovalState.APPROVED
    return news if news.verdict is Verdict.NEEDS_APPROVAL or by_a_person else None


def _word(news: ActionNews) -> _Word | None:
    if isinstance(news, Transition):
        status = WORDS.get(news.state)
        if status is None:
            return None
        actor = news.change.actor if status is not RowApproval.PENDING else None
        return _Word(news.sequence, status, [actor] if actor else [], news.change.at)
    # An execution repeats the approval it rests on, later and under a later sequence.
    if isinstance(news, Approved) and not isinstance(news, Executed):
        approval = news.approval
        if approval.state is ApprovalState.APPROVED:
            return _Word(news.sequence, RowApproval.APPROVED, sorted(approval.by), approval.at)
    return None


def _described(row: ApprovalRow, event: Assessed) -> ApprovalRow:
    asked = event.facts.now
    row = replace(
        row,
        requested=row.requested or event.verdict is Verdict.NEEDS_APPROVAL,
        created_at=min(row.created_at, asked),
        updated_at=max(row.updated_at, asked),
    )
    if event.sequence <= row.described_sequence:
        return row
    return replace(
        row,
        described_sequence=event.sequence,
        tenant_id=event.tenant_id,
        action_type=event.action_type,
        action_description=event.reasoning,
        confidence_score=event.confidence,
        risk_level=event.impact.risk_level,
        params_hash=event.params_hash,
        expires_at=event.approval_plan.expires_at,
    )


def _said(row: ApprovalRow, word: _Word, news: ActionNews) -> ApprovalRow:
    pending = word.status is RowApproval.PENDING
    row = replace(
        row,
        requested=row.requested or pending,
        created_at=min(row.created_at, word.at),
        updated_at=max(row.updated_at, word.at),
    )
    # A state change and `actions.approved` say the same under one sequence; the fuller wins.
    if (word.sequence, len(word.by), word.by) <= (
        row.sequence,
        len(row.decided_by),
        row.decided_by,
    ):
        return row
    if isinstance(news, Transition) and not row.described_sequence:
        row = replace(
            row,
            tenant_id=news.tenant_id,
            action_type=news.change.action_type,
            risk_level=news.change.risk_level,
            params_hash=news.change.params_hash,
        )
    return replace(
        row,
        sequence=word.sequence,
        status=word.status,
        decided_by=word.by,
        decided_at=None if pending else word.at,
    )
