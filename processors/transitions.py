"""State changes as events: built in one place, so that each carries what a reader needs."""

from datetime import datetime

from schemas.events import (
    ActionEvent,
    Decision,
    FieldError,
    LlmResponse,
    Reason,
    StateChanged,
)
from schemas.names import ActionId, TenantId, Topic
from schemas.output import Output
from schemas.sequence import Rank, sequence
from schemas.states import ApprovalState, State


def transition(
    action: ActionEvent,
    state: State,
    rank: Rank,
    now: datetime,
    *,
    step: int = 0,
    previous: State | None = None,
    reason: Reason | None = None,
    approval: ApprovalState | None = None,
    risk: str | None = None,
    actor: str | None = None,
) -> StateChanged:
    """An action's change to `state`, ordered by (its revision, `rank`, `step`)."""
    return StateChanged(
        kind="transition",
        tenant_id=action.tenant_id,
        at=now,
        action_id=action.action_id,
        response_id=action.response_id,
        revision=action.revision,
        sequence=sequence(action.revision, rank, step),
        trace_id=action.trace_id,
        tool=action.tool,
        action_type=action.action_type,
        state=state,
        previous_state=previous,
        reason=reason,
        risk_level=risk if risk is not None else action.risk_level,
        params_hash=action.params_hash,
        approval_state=approval,
        actor=actor,
    )


def invalid(
    response: LlmResponse,
    now: datetime,
    reason: Reason,
    errors: list[FieldError],
    *,
    action_id: ActionId | None = None,
    action_type: str | None = None,
    tool: str | None = None,
    trace_id: str | None = None,
) -> Output:
    """A proposal that is no action. Without `action_id` the whole response is meant."""
    change = StateChanged(
        kind="transition",
        tenant_id=response.tenant_id,
        at=now,
        action_id=action_id,
        response_id=response.response_id,
        revision=None if action_id is None else 1,
        sequence=None if action_id is None else sequence(1, Rank.DRAFT),
        trace_id=trace_id,
        tool=tool,
        action_type=action_type,
        state=State.INVALID,
        reason=reason,
        errors=errors,
    )
    return changed(change)


def answer(
    decision: Decision,
    tenant: TenantId,
    now: datetime,
    said: str,
    reason: Reason,
    state: State | None = None,
) -> Output:
    """What became of one decision. It orders nothing, so it has no sequence."""
    change = StateChanged(
        kind="answer",
        tenant_id=tenant,
        at=now,
        action_id=decision.action_id,
        revision=decision.revision,
        state=state,
        reason=reason,
        actor=decision.actor,
        decision_id=decision.decision_id,
        answer=said,
    )
    return changed(change)


def changed(change: StateChanged) -> Output:
    return Output(Topic.STATE_CHANGED, change.tenant_id, change)
