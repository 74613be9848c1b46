"""Approve: the one gate. Verdicts open it or hold it, signed decisions of people move it.

Who meets whom is a table (`MOVES`): the gate a row stands at, and what a decision asks for.
Every authentic decision is answered exactly once, now or when its action arrives; one that
is not authentic is refused to the dead-letter topic and never answered on a tenant's stream.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from processors.assess import early_end
from processors.resume import resumed, supplied_trace
from processors.signatures import check_decision
from processors.transitions import answer, changed, transition
from schemas.codec import encode
from schemas.continuation import continued
from schemas.events import Approval, Approved, Assessed, Decision, Executed, Reason
from schemas.names import DecisionType, ExecutionStatus, Topic, Verdict
from schemas.output import Output, Refusal
from schemas.sequence import Rank, sequence
from schemas.settings import Approver
from schemas.states import ApprovalState, State
from schemas.stored import read_stored
from schemas.working import ApprovalRow, Gate

APPROVER = "approver"
"""The role that decides where a plan names none."""
MOST_WAITING = 16
"""Decisions one unknown action may gather before they are turned away."""


@dataclass(frozen=True, slots=True)
class ApproveFacts:
    row: ApprovalRow
    """The revision's row, locked; a placeholder if nobody wrote it yet."""
    approvers: Mapping[str, Approver]
    now: datetime
    validity: timedelta
    """How long an approval may wait to be claimed."""
    speaker: Approver | None = None
    """Whose word the decision is, where that was checked already."""


class Share(StrEnum):
    """What becomes of the action's place in the tenant's limits."""

    KEEP = "keep"
    RELEASE = "release"
    OVERRIDE = "override"
    """A person let it run over the limit."""


@dataclass(frozen=True, slots=True)
class Step:
    """The row after the event, and what is said about it."""

    row: ApprovalRow
    outputs: list[Output]
    share: Share = Share.KEEP


class Move(StrEnum):
    WAIT = "wait"
    GRANT = "grant"
    TURN_DOWN = "turn_down"
    RESUME = "resume"
    LATE = "late"
    NOT_OPEN = "not_open"
    UNSUPPORTED = "unsupported"


_DECIDED = (
    Gate.APPROVED,
    Gate.AUTO_APPROVED,
    Gate.REJECTED,
    Gate.DENIED,
    Gate.SUPERSEDED,
    Gate.CLOSED,
)
_FOR_A_PERSON = (Gate.HALTED, Gate.MANUAL, Gate.NEEDS_INFORMATION)
_VOTES = {DecisionType.APPROVE: Move.GRANT, DecisionType.REJECT: Move.TURN_DOWN}

MOVES: dict[tuple[Gate, DecisionType], Move] = {
    **{(Gate.UNSEEN, vote): Move.WAIT for vote in _VOTES},
    **{(Gate.PENDING, vote): move for vote, move in _VOTES.items()},
    **{(gate, vote): Move.LATE for gate in _DECIDED for vote in _VOTES},
    **{(gate, vote): Move.NOT_OPEN for gate in _FOR_A_PERSON for vote in _VOTES},
    (Gate.HALTED, DecisionType.RESOLVE): Move.RESUME,
}
"""(gate, decision) → move. Every pair that is not here is `UNSUPPORTED`, and answered so."""


def process(event: Assessed | Decision | Executed, facts: ApproveFacts) -> Step | Refusal:
    """One event at one revision's row."""
    if isinstance(event, Executed):
        return _close(event, facts)
    if isinstance(event, Assessed):
        return _open(event, facts)
    return decide(event, facts)


# --- the action arrives --------------------------------------------------------------------


def _open(assessed: Assessed, facts: ApproveFacts) -> Step:
    if facts.row.gate is not Gate.UNSEEN:
        # The row is there: this revision was opened before, under another record's id.
        return Step(facts.row, [])
    waiting = facts.row.inbox
    row = replace(
        facts.row,
        tenant_id=assessed.tenant_id,
        params_hash=assessed.params_hash,
        assessed=encode(assessed),
        inbox=(),
    )
    step = _first(row, assessed, facts)
    for stored in waiting:
        step = _from_inbox(step, read_stored(Decision, stored), facts)
    return step


def _first(row: ApprovalRow, assessed: Assessed, facts: ApproveFacts) -> Step:
    match assessed.verdict:
        case Verdict.AUTO_APPROVE:
            return _let_through(row, assessed, facts, None)
        case Verdict.NEEDS_APPROVAL:
            pending = replace(row, gate=Gate.PENDING, step=row.step + 1)
            change = transition(
                assessed,
                State.PENDING_APPROVAL,
                Rank.APPROVE,
                facts.now,
                step=pending.step,
                previous=State.DRAFTED,
                reason=assessed.reasons[0] if assessed.reasons else None,
                approval=ApprovalState.PENDING,
                risk=assessed.impact.risk_level,
            )
            return Step(pending, [changed(change)])
        case _:
            # Assess said so already; the row is kept so that a person can resolve it.
            state = early_end(assessed)
            gate = Gate(state.value) if state is not None else Gate.HALTED
            return Step(replace(row, gate=gate), [])


def _from_inbox(step: Step, decision: Decision, facts: ApproveFacts) -> Step:
    """A decision that came before its action. It was authentic then; it must be so now."""
    if decision.tenant_id != step.row.tenant_id:
        said = answer(
            decision,
            decision.tenant_id,
            facts.now,
            "not_allowed",
            Reason(code="unknown_action", text="this tenant has no such action"),
        )
        return replace(step, outputs=[*step.outputs, said])
    next_step = decide(decision, replace(facts, row=step.row, speaker=None))
    if isinstance(next_step, Refusal):
        said = answer(
            decision,
            decision.tenant_id,
            facts.now,
            "not_allowed",
            Reason(code=next_step.code, text=next_step.text),
        )
        return replace(step, outputs=[*step.outputs, said])
    share = next_step.share if next_step.share is not Share.KEEP else step.share
    return Step(next_step.row, [*step.outputs, *next_step.outputs], share)


# --- a person decides ----------------------------------------------------------------------


def decide(decision: Decision, facts: ApproveFacts) -> Step | Refusal:
    """One decision; refused unless it is authentic and of the action's own tenant."""
    approver = facts.speaker or check_decision(decision, facts.approvers)
    if isinstance(approver, Refusal):
        return approver
    row = facts.row
    if row.tenant_id is not None and row.tenant_id != decision.tenant_id:
        return Refusal("tenant_foreign", "the action belongs to another tenant")
    move = MOVES.get((row.gate, decision.type), Move.UNSUPPORTED)
    return _APPLY[move](decision, approver, facts)


def _wait(decision: Decision, approver: Approver, facts: ApproveFacts) -> Step:
    if len(facts.row.inbox) >= MOST_WAITING:
        return _say(decision, facts, "not_allowed", "inbox_full", "too many wait for this action")
    return Step(replace(facts.row, inbox=(*facts.row.inbox, encode(decision))), [])


def _grant(decision: Decision, approver: Approver, facts: ApproveFacts) -> Step:
    row = facts.row
    assessed = _assessed(row)
    if decision.params_hash != row.params_hash:
        return _say(
            decision,
            facts,
            "stale",
            "params_hash_differs",
            "the approval names other parameters than the action has",
        )
    refused = _may_not(decision, approver, assessed) or _more_than_one_vote(assessed)
    if refused is not None:
        return _say(decision, facts, "not_allowed", refused.code, refused.text)
    step = _let_through(row, assessed, facts, decision)
    share = Share.KEEP if assessed.limits.get("reserved") else Share.OVERRIDE
    return Step(step.row, [*step.outputs, _applied(decision, facts, State.APPROVED)], share)


def _turn_down(decision: Decision, approver: Approver, facts: ApproveFacts) -> Step:
    row = facts.row
    assessed = _assessed(row)
    if decision.params_hash is not None and decision.params_hash != row.params_hash:
        return _say(
            decision,
            facts,
            "stale",
            "params_hash_differs",
            "the rejection names other parameters than the action has",
        )
    if not _has_role(approver, assessed):
        return _say(decision, facts, "not_allowed", "role_missing", "the approver lacks the role")
    rejected = replace(row, gate=Gate.REJECTED, step=row.step + 1)
    change = transition(
        assessed,
        State.REJECTED,
        Rank.APPROVE,
        facts.now,
        step=rejected.step,
        previous=State.PENDING_APPROVAL,
        reason=Reason(code="rejected", text=decision.reason or "rejected by a person"),
        approval=ApprovalState.REJECTED,
        risk=assessed.impact.risk_level,
        actor=decision.actor,
    )
    return Step(
        rejected,
        [changed(change), _applied(decision, facts, State.REJECTED)],
        Share.RELEASE if assessed.limits.get("reserved") else Share.KEEP,
    )


def _resume(decision: Decision, approver: Approver, facts: ApproveFacts) -> Step:
    row = facts.row
    halted = _assessed(row)
    trace = supplied_trace(decision)
    if trace is None:
        return _say(
            decision,
            facts,
            "not_allowed",
            "trace_malformed",
            "params.trace_id must be 32 hex digits, not all zero",
        )
    refused = _may_not(decision, approver, halted)
    if refused is not None:
        return _say(decision, facts, "not_allowed", refused.code, refused.text)
    superseded = replace(row, gate=Gate.SUPERSEDED, step=row.step + 1)
    change = transition(
        halted,
        State.SUPERSEDED,
        Rank.APPROVE,
        facts.now,
        step=superseded.step,
        previous=State.HALTED,
        reason=Reason(code="resumed", text="a person supplied the trace"),
        approval=ApprovalState.SUPERSEDED,
        risk=halted.impact.risk_level,
        actor=decision.actor,
    )
    drafted = resumed(halted, trace, facts.now)
    outputs = [
        changed(change),
        Output(Topic.DRAFTED, drafted.tenant_id, drafted),
        changed(
            transition(drafted, State.DRAFTED, Rank.DRAFT, facts.now, previous=State.SUPERSEDED)
        ),
        _applied(decision, facts, State.DRAFTED),
    ]
    return Step(superseded, outputs)


def _late(decision: Decision, approver: Approver, facts: ApproveFacts) -> Step:
    return _say(decision, facts, "late", "already_decided", "the action was decided before")


def _not_open(decision: Decision, approver: Approver, facts: ApproveFacts) -> Step:
    return _say(
        decision, facts, "not_allowed", "not_pending", "the action is not waiting for a vote"
    )


def _unsupported(decision: Decision, approver: Approver, facts: ApproveFacts) -> Step:
    return _say(
        decision, facts, "not_allowed", "not_supported", f"`{decision.type}` is not possible here"
    )


_APPLY: dict[Move, Callable[[Decision, Approver, ApproveFacts], Step]] = {
    Move.WAIT: _wait,
    Move.GRANT: _grant,
    Move.TURN_DOWN: _turn_down,
    Move.RESUME: _resume,
    Move.LATE: _late,
    Move.NOT_OPEN: _not_open,
    Move.UNSUPPORTED: _unsupported,
}


def _may_not(decision: Decision, approver: Approver, assessed: Assessed) -> Reason | None:
    requester = assessed.user_ctx.user_id if assessed.user_ctx else None
    if requester is not None and _same_person(requester, decision.actor):
        return Reason(code="requester_may_not_approve", text="the requester cannot decide it")
    if not _has_role(approver, assessed):
        return Reason(code="role_missing", text="the approver lacks the role")
    return None


def _more_than_one_vote(assessed: Assessed) -> Reason | None:
    """Votes are not counted yet, so nothing that wants several is let through by the first."""
    stages = assessed.approval_plan.stages
    if len(stages) > 1:
        return Reason(
            code="stages_not_supported", text="several stages must agree: not possible yet"
        )
    if any(stage.quorum > 1 for stage in stages):
        return Reason(code="quorum_not_supported", text="several must agree: not possible yet")
    return None


def _same_person(one: str, other: str) -> bool:
    """Compared without regard to case or to how characters are composed (Unicode NFKC)."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _has_role(approver: Approver, assessed: Assessed) -> bool:
    stages = assessed.approval_plan.stages
    return (stages[0].role if stages else APPROVER) in approver.roles


# --- what follows --------------------------------------------------------------------------


def _let_through(
    row: ApprovalRow, assessed: Assessed, facts: ApproveFacts, decision: Decision | None
) -> Step:
    """The action may run: its approval is for this revision and these parameters, once."""
    auto = decision is None
    state = ApprovalState.AUTO_APPROVED if auto else ApprovalState.APPROVED
    start = max(facts.now, assessed.not_before or facts.now)
    opened = replace(
        row,
        gate=Gate.AUTO_APPROVED if auto else Gate.APPROVED,
        step=row.step + 1,
        valid_until=start + facts.validity,
    )
    approval = Approval(
        state=state,
        by=[] if decision is None else [decision.actor],
        at=facts.now,
        notes=None if decision is None else decision.notes,
        decision_ids=[] if decision is None else [decision.decision_id],
        valid_until=start + facts.validity,
    )
    place = sequence(assessed.revision, Rank.APPROVE, opened.step)
    approved = continued(Approved, assessed, place, approval=approval)
    change = transition(
        assessed,
        State(state.value),
        Rank.APPROVE,
        facts.now,
        step=opened.step,
        previous=State.DRAFTED if auto else State.PENDING_APPROVAL,
        approval=state,
        risk=assessed.impact.risk_level,
        actor=None if decision is None else decision.actor,
    )
    return Step(opened, [Output(Topic.APPROVED, assessed.tenant_id, approved), changed(change)])


def _close(executed: Executed, facts: ApproveFacts) -> Step:
    if facts.row.tenant_id is None:
        # A database restored to before this action: the log is ahead, `rebuild` mends it.
        return Step(facts.row, [])
    return Step(replace(facts.row, gate=Gate.CLOSED, ended=executed.status.value), [])


def _assessed(row: ApprovalRow) -> Assessed:
    assert row.assessed is not None, "a row past UNSEEN holds its action"
    return read_stored(Assessed, row.assessed)


_ENDED_AS: dict[str, State] = {
    ExecutionStatus.SUCCEEDED: State.SUCCEEDED,
    ExecutionStatus.FAILED: State.FAILED,
    ExecutionStatus.UNKNOWN: State.OUTCOME_UNKNOWN,
    ExecutionStatus.SKIPPED: State.SKIPPED,
}

_STANDS_AT: dict[Gate, State] = {
    Gate.UNSEEN: State.DRAFTED,
    Gate.PENDING: State.PENDING_APPROVAL,
    **{
        gate: State(gate.value)
        for gate in Gate
        if gate not in (Gate.UNSEEN, Gate.PENDING, Gate.CLOSED)
    },
}


def standing(row: ApprovalRow) -> State:
    """The state a late decision is told."""
    if row.gate is Gate.CLOSED:
        return _ENDED_AS[row.ended or ExecutionStatus.UNKNOWN]
    return _STANDS_AT[row.gate]


def _say(decision: Decision, facts: ApproveFacts, said: str, code: str, text: str) -> Step:
    reply = answer(
        decision,
        decision.tenant_id,
        facts.now,
        said,
        Reason(code=code, text=text),
        standing(facts.row) if facts.row.tenant_id is not None else None,
    )
    return Step(facts.row, [reply])


def _applied(decision: Decision, facts: ApproveFacts, state: State) -> Output:
    reason = Reason(code="applied", text="the decision took effect")
    return answer(decision, decision.tenant_id, facts.now, "applied", reason, state)
