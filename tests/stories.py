"""Events of one action, as the chain would write them, for tests of what reads the topics."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from schemas.events import (
    Approval,
    ApprovalPlan,
    ApprovalStage,
    Approved,
    Assessed,
    Drafted,
    Event,
    Executed,
    Facts,
    FailureReason,
    Impact,
    Reason,
    StateChanged,
)
from schemas.identity import action_id, params_hash
from schemas.names import ActionId, ExecutionStatus, RiskLevel, TenantId, Topic, Verdict
from schemas.sequence import Rank, sequence
from schemas.states import ApprovalState, State

ACME = TenantId("acme")
START = datetime(2026, 3, 1, 9, tzinfo=UTC)

TOPIC_OF: dict[type[Event], Topic] = {
    Drafted: Topic.DRAFTED,
    Assessed: Topic.ASSESSED,
    Approved: Topic.APPROVED,
    Executed: Topic.EXECUTED,
    StateChanged: Topic.STATE_CHANGED,
}


@dataclass
class Story:
    """One action; every event it tells is kept in `events`, in order, a second apart."""

    tenant: TenantId = ACME
    origin: str = "response-1"
    index: int = 0
    events: list[Event] = field(default_factory=list)

    @property
    def action(self) -> ActionId:
        return action_id(self.tenant, "response", self.origin, self.index)

    def now(self) -> datetime:
        return START + timedelta(seconds=len(self.events), minutes=10 * self.index)

    def drafted(self, revision: int = 1) -> Drafted:
        params = {"titulo": f"Revisión {revision}", "n": revision}
        event = Drafted(
            sequence=sequence(revision, Rank.DRAFT),
            action_id=self.action,
            revision=revision,
            tenant_id=self.tenant,
            trace_id="0af7651916cd43dd8448eb211c80319c",
            action_type="create_task",
            tool="create_task",
            tool_version=f"1.{revision}",
            params=params,
            params_hash=params_hash("create_task", f"1.{revision}", params),
            response_id=self.origin,
            prediction_id="p-1",
            llm_response_id="l-1",
            confidence=0.5 + revision / 10,
            reasoning=f"Razón {revision}",
            drafted_at=self.now(),
        )
        self.events.append(event)
        self.moved(State.DRAFTED, Rank.DRAFT, revision=revision)
        return event

    def assessed(self, drafted: Drafted, verdict: Verdict) -> Assessed:
        asks = verdict is Verdict.NEEDS_APPROVAL
        event = Assessed(
            **_carried(drafted, Drafted),
            sequence=sequence(drafted.revision, Rank.ASSESS),
            verdict=verdict,
            impact=Impact(risk_level=RiskLevel.MEDIUM, risk_score=40),
            approval_plan=ApprovalPlan(
                stages=[ApprovalStage(role="approver")] if asks else [],
                expires_at=self.now() + timedelta(minutes=2) if asks else None,
            ),
            facts=Facts(settings_version=3, now=self.now()),
        )
        self.events.append(event)
        return event

    def approved(self, assessed: Assessed, by: list[str], step: int = 2) -> Approved:
        """`by` empty: automatically."""
        state = ApprovalState.APPROVED if by else ApprovalState.AUTO_APPROVED
        at = self.now()
        event = Approved(
            **_carried(assessed, Assessed),
            sequence=sequence(assessed.revision, Rank.APPROVE, step),
            approval=Approval(state=state, by=by, at=at, valid_until=at + timedelta(minutes=5)),
        )
        self.events.append(event)
        self.moved(
            State(state.value),
            Rank.APPROVE,
            step,
            revision=assessed.revision,
            actor=by[-1] if by else None,
            at=at,
        )
        return event

    def executed(self, approved: Approved, status: ExecutionStatus) -> Executed:
        failed = status in (ExecutionStatus.FAILED, ExecutionStatus.SKIPPED)
        event = Executed(
            **_carried(approved, Approved),
            sequence=sequence(approved.revision, Rank.EXECUTE, 1),
            status=status,
            result={"task_id": 7} if status is ExecutionStatus.SUCCEEDED else None,
            failure_reason=FailureReason(code="http_404", text="not found") if failed else None,
            retries=1,
            finished_at=self.now(),
        )
        self.events.append(event)
        return event

    def moved(
        self,
        state: State,
        rank: Rank,
        step: int = 0,
        *,
        revision: int = 1,
        actor: str | None = None,
        reason: Reason | None = None,
        at: datetime | None = None,
    ) -> StateChanged:
        event = StateChanged(
            kind="transition",
            tenant_id=self.tenant,
            at=at or self.now(),
            action_id=self.action,
            response_id=self.origin,
            revision=revision,
            sequence=sequence(revision, rank, step),
            trace_id="0af7651916cd43dd8448eb211c80319c",
            tool="create_task",
            action_type="create_task",
            state=state,
            reason=reason,
            actor=actor,
        )
        self.events.append(event)
        return event


def ends_well(story: Story, revision: int = 1, by: list[str] | None = None) -> Story:
    """Drafted, approved by `by` (None: automatically), executed, succeeded."""
    asks = by is not None
    verdict = Verdict.NEEDS_APPROVAL if asks else Verdict.AUTO_APPROVE
    assessed = story.assessed(story.drafted(revision), verdict)
    if asks:
        story.moved(State.PENDING_APPROVAL, Rank.APPROVE, 1, revision=revision)
    approved = story.approved(assessed, by or [])
    story.moved(State.EXECUTING, Rank.EXECUTE, revision=revision)
    story.executed(approved, ExecutionStatus.SUCCEEDED)
    story.moved(State.SUCCEEDED, Rank.OBSERVE, 1, revision=revision)
    return story


def _carried(event: Event, model: type[Event]) -> dict[str, object]:
    return {n: getattr(event, n) for n in model.model_fields if n != "sequence"}
