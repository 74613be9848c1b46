"""The events of every topic: pydantic models, the one source of the Avro schemas.

An action's events grow along the chain: each stage's event is its input plus what that
stage found out (`Drafted` → `Assessed` → `Approved` → `Executed`), so a later stage never
looks back. Field order is the order on the wire; new fields go to the end of their class
and need a default, or old readers break (`interlock schemas check`).
"""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from schemas.names import (
    ActionId,
    DecisionType,
    ExecutionStatus,
    ParamsHash,
    RiskLevel,
    SettingKind,
    TenantId,
    Verdict,
)
from schemas.states import ApprovalState, State

ShortText = Annotated[str, Field(min_length=1, max_length=256)]
Label = Annotated[str, Field(max_length=256)]


class AsJson:
    """Marks a field that Avro carries as JSON text, since its shape is not ours to fix."""


JsonObject = Annotated[dict[str, JsonValue], AsJson()]
AnyJson = Annotated[JsonValue, AsJson()]


class Event(BaseModel):
    """Base of everything on a topic: immutable; unknown fields of a newer writer are ignored."""

    __slots__ = ("wire",)  # the value it was read from (`schemas/wire.py`); copies have none

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings")


class Reason(Event):
    """Why something was decided: a stable code, a sentence, and the rule that said so."""

    code: str
    text: str
    rule: str | None = None


class FieldError(Event):
    """One thing wrong with a proposal, so that the model's side can correct itself.

    `pointer` is an RFC 6901 JSON Pointer into the proposal.
    """

    code: str
    text: str
    pointer: str = ""
    rule: str | None = None
    given: str | None = None
    expected: str | None = None


class UserContext(Event):
    """For whom the model acted. It is the requester: it can never approve its own action."""

    user_id: Label | None = None
    roles: Annotated[list[Label], Field(max_length=64)] = []
    locale: Label | None = None


# --- llm.responses -------------------------------------------------------------------------


class LlmResponse(Event):
    """A model's output as an upstream service published it (JSON or Avro).

    `output` is text or the provider's own object. `trace_id` may come as a `traceparent`
    header instead. Nothing here is trusted: it can raise risk, never lower it.
    """

    response_id: ShortText
    tenant_id: Annotated[TenantId, Field(min_length=1, max_length=256)]
    trace_id: Label | None = None
    output: AnyJson
    thought_id: Label | None = None
    prediction_id: Label | None = None
    llm_response_id: Label | None = None
    model: Label | None = None
    action_template: Label | None = None
    tool_candidates: Annotated[list[Label], Field(max_length=32)] = []
    tenant_ctx: JsonObject = {}
    user_ctx: UserContext | None = None
    risk_level: Label | None = None
    context: JsonObject = {}
    produced_at: datetime | None = None


# --- the chain -----------------------------------------------------------------------------


class ActionEvent(Event):
    """What every event about an action carries: its identity, its effect and its origin."""

    sequence: int
    action_id: ActionId
    revision: int
    tenant_id: TenantId
    trace_id: str | None
    action_type: str
    tool: str
    tool_version: str | None
    params: JsonObject
    params_hash: ParamsHash
    response_id: str | None = None
    thought_id: str | None = None
    prediction_id: str | None = None
    llm_response_id: str | None = None
    model: str | None = None
    user_ctx: UserContext | None = None
    tenant_ctx: JsonObject = {}
    context: JsonObject = {}
    risk_level: str | None = None
    """Upstream's own estimate: it can only raise ours."""


class Strategy(Event):
    """Retry and timeout wishes of a template; the plugin's own bounds still hold."""

    max_attempts: int | None = None
    timeout_ms: int | None = None


class Drafted(ActionEvent):
    """A typed, validated proposal: the one entrance to assessment."""

    index: int = 0
    tool_candidates: list[str] = []
    confidence: float | None = None
    reasoning: str | None = None
    source: str = "json"
    """json | tool_call | react | text | template | edit | fallback | rollback | replay"""
    repaired: bool = False
    template: str | None = None
    depends_on: list[ActionId] = []
    condition: str | None = None
    not_before: datetime | None = None
    compensates: str | None = None
    """`action_id.revision` of the effect this one undoes."""
    degraded_from: str | None = None
    labels: list[str] = []
    strategy: Strategy | None = None
    drafted_at: datetime | None = None


class ImpactPart(Event):
    """One thing that counted towards the score, and how much."""

    name: str
    points: int
    text: str


class Impact(Event):
    risk_level: RiskLevel
    risk_score: int
    """0 to 100; the level follows from it."""
    affected_resources: list[str] = []
    reversible: str = "no"
    """yes | limited | no"""
    estimated_duration_ms: int | None = None
    parts: list[ImpactPart] = []
    """Their points add up to the score, which ends at 100."""


class ApprovalStage(Event):
    role: str
    quorum: int = 1


class ApprovalPlan(Event):
    """Who must agree, in order. Empty stages mean nobody has to."""

    stages: list[ApprovalStage] = []
    sla_s: int = 120
    expires_at: datetime | None = None


class Facts(Event):
    """What a verdict rested on, so that it can be computed again from the log alone."""

    settings_version: int
    now: datetime
    policy_version: str | None = None
    counters: JsonObject = {}
    first_time: bool | None = None
    iam: JsonObject | None = None
    history: JsonObject | None = None
    policy: JsonObject | None = None
    """Which rules matched, which would have in shadow, which could not be computed."""
    process: JsonObject | None = None
    """What of the deciding process's own configuration counted: `system_enabled`,
    `approval_sla_s`, and `tenant_defaults` where the tenant had no settings."""


class Assessed(Drafted):
    verdict: Verdict
    reasons: list[Reason] = []
    impact: Impact
    limits: JsonObject = {}
    approval_plan: ApprovalPlan
    facts: Facts


class Approval(Event):
    """On whose word an action may run; single use, for one (action_id, revision)."""

    state: ApprovalState
    by: list[str] = []
    at: datetime
    notes: str | None = None
    decision_ids: list[str] = []
    valid_until: datetime


class Approved(Assessed):
    approval: Approval


class FailureReason(Event):
    code: str
    text: str


class CallMetrics(Event):
    """Milliseconds: waiting in the ledger, in the call itself, and from accepted to told."""

    queued_ms: int
    call_ms: int
    total_ms: int


class Ending(Event):
    """How one execution ended."""

    status: ExecutionStatus
    observation: JsonObject = {}
    result: AnyJson = None
    failure_reason: FailureReason | None = None
    retries: int = 0
    fallback: str | None = None
    degraded: bool = False
    metrics: CallMetrics | None = None
    started_at: datetime | None = None
    finished_at: datetime
    verification: JsonObject | None = None


class Executed(Ending, Approved):
    """The approved action and how it ended, flat; `Ending` comes last on the wire."""


class EffectReport(Event):
    """What the effects ledger has to tell, at least once, on `effects.reports`.

    `step` counts within (action_id, revision); `ending` is absent while the call is
    under way.
    """

    step: int
    at: datetime
    action: Approved
    ending: Ending | None = None


# --- what people and clocks say ------------------------------------------------------------


class Decision(Event):
    """A command to `approve`. Only what the signature (a JWS, RFC 7515) covers is believed."""

    decision_id: ShortText
    type: DecisionType
    tenant_id: Annotated[TenantId, Field(min_length=1, max_length=256)]
    action_id: ActionId | None = None
    action_ids: list[ActionId] = []
    revision: int | None = None
    params_hash: ParamsHash | None = None
    actor: ShortText
    reason: Annotated[str, Field(max_length=4096)] | None = None
    notes: Annotated[str, Field(max_length=4096)] | None = None
    params: JsonObject | None = None
    at: datetime
    signature: str | None = None


class Setting(Event):
    """One change of configuration; its offset is the version. `value` absent deletes the key."""

    kind: SettingKind
    key: ShortText
    value: JsonObject | None = None
    actor: str
    at: datetime
    signature: str | None = None


# --- what everyone may follow --------------------------------------------------------------


class StateChanged(Event):
    """For user interfaces: `transition` of an action, or `answer` to a decision.

    Apply transitions by `sequence`, never by arrival; answers carry none.
    """

    kind: str
    """transition | answer"""
    tenant_id: TenantId
    at: datetime
    action_id: ActionId | None = None
    response_id: str | None = None
    revision: int | None = None
    sequence: int | None = None
    trace_id: str | None = None
    tool: str | None = None
    action_type: str | None = None
    state: State | None = None
    previous_state: State | None = None
    reason: Reason | None = None
    risk_level: str | None = None
    params_hash: ParamsHash | None = None
    approval_state: ApprovalState | None = None
    retries: int | None = None
    result_summary: str | None = None
    actor: str | None = None
    decision_id: str | None = None
    observation: JsonObject | None = None
    failure_reason: FailureReason | None = None
    fallback: str | None = None
    metrics: CallMetrics | None = None
    errors: list[FieldError] = []
    answer: str | None = None
    """applied | duplicate | late | stale | not_allowed | waiting: only on `kind: answer`"""
    repeats: int = 0
    """How often the same invalid proposal came before, within the window."""
