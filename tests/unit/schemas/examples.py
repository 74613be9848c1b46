"""One realistic event of each topic: the sales anomaly of the documentation, all the way."""

from datetime import UTC, datetime, timedelta

from schemas.events import (
    Approval,
    ApprovalPlan,
    ApprovalStage,
    Approved,
    Assessed,
    CallMetrics,
    Decision,
    Drafted,
    EffectReport,
    Ending,
    Event,
    Executed,
    Facts,
    Impact,
    LlmResponse,
    Reason,
    Setting,
    StateChanged,
    UserContext,
)
from schemas.identity import action_id, params_hash
from schemas.names import (
    DecisionType,
    ExecutionStatus,
    RiskLevel,
    SettingKind,
    TenantId,
    Topic,
    Verdict,
)
from schemas.sequence import Rank, sequence
from schemas.states import ApprovalState, State

NOW = datetime(2026, 3, 1, 9, 30, 12, 345678, tzinfo=UTC)
TENANT = TenantId("tenant-react-lab")
ACTION = action_id(TENANT, "response", "resp-0001", 0)
PARAMS = {
    "titulo": "Investigar anomalía en ventas Q4",
    "descripcion": "Anomalía detectada en patrón de ventas del cuarto trimestre",
    "prioridad": "alta",
}
HASH = params_hash("create_task", "1.0.0", PARAMS)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

RESPONSE = LlmResponse(
    response_id="resp-0001",
    tenant_id=TENANT,
    trace_id=TRACE,
    output={
        "analysis": "Sales anomaly detected with 85% confidence",
        "actions": [
            {
                "action_type": "create_task",
                "parameters": PARAMS,
                "confidence": 0.85,
                "reasoning": "High-impact anomaly requires investigation",
            }
        ],
    },
    model="some-model",
    user_ctx=UserContext(user_id="u-17", roles=["analyst", "sales"], locale="es-MX"),
    produced_at=NOW,
)
DRAFTED = Drafted(
    sequence=sequence(1, Rank.DRAFT),
    action_id=ACTION,
    revision=1,
    tenant_id=TENANT,
    trace_id=TRACE,
    action_type="create_task",
    tool="create_task",
    tool_version="1.0.0",
    params=PARAMS,
    params_hash=HASH,
    response_id="resp-0001",
    thought_id="thought-1",
    prediction_id="prediction-9",
    llm_response_id="chatcmpl-123",
    model="some-model",
    user_ctx=UserContext(user_id="u-17", roles=["analyst", "sales"], locale="es-MX"),
    tenant_ctx={"plan": "pro", "region": "latam"},
    context={"dashboard": "sales", "quarter": "Q4"},
    risk_level="low",
    tool_candidates=["create_task"],
    confidence=0.85,
    reasoning="High-impact anomaly requires investigation",
    drafted_at=NOW,
)
ASSESSED = Assessed(
    **dict(DRAFTED),
    verdict=Verdict.AUTO_APPROVE,
    reasons=[Reason(code="low_risk", text="Low risk, pre-approved", rule="safety_mode")],
    impact=Impact(
        risk_level=RiskLevel.LOW,
        risk_score=12,
        affected_resources=["task:new"],
        reversible="yes",
        estimated_duration_ms=120,
    ),
    limits={"reserved": True, "windows": {"tenant:hour": {"used": 3, "max": 10, "asked": 1}}},
    approval_plan=ApprovalPlan(
        stages=[ApprovalStage(role="manager")], expires_at=NOW + timedelta(minutes=2)
    ),
    facts=Facts(
        settings_version=42,
        now=NOW,
        policy_version="p-7",
        counters={"tenant:hour": 3, "tenant:day": 7},
        first_time=False,
    ),
)
APPROVED = Approved(
    **dict(ASSESSED),
    approval=Approval(
        state=ApprovalState.AUTO_APPROVED,
        by=["policy:safety_mode"],
        at=NOW,
        valid_until=NOW + timedelta(minutes=10),
    ),
)
ENDING = Ending(
    status=ExecutionStatus.SUCCEEDED,
    observation={"summary": "Task T-1009 created"},
    result={"task_id": "T-1009", "status": "open"},
    metrics=CallMetrics(queued_ms=2, call_ms=31, total_ms=40),
    started_at=NOW,
    finished_at=NOW + timedelta(milliseconds=31),
)
EXECUTED = Executed(**dict(APPROVED), **dict(ENDING))
REPORT = EffectReport(step=1, at=NOW, action=APPROVED, ending=ENDING)
CHANGED = StateChanged(
    kind="transition",
    tenant_id=TENANT,
    at=NOW,
    action_id=ACTION,
    response_id="resp-0001",
    revision=1,
    sequence=sequence(1, Rank.DRAFT),
    trace_id=TRACE,
    tool="create_task",
    action_type="create_task",
    state=State.DRAFTED,
    params_hash=HASH,
)
DECISION = Decision(
    decision_id="decision-1",
    type=DecisionType.APPROVE,
    tenant_id=TENANT,
    action_id=ACTION,
    revision=1,
    params_hash=HASH,
    actor="maria",
    at=NOW,
)
SETTING = Setting(
    kind=SettingKind.TENANT, key=TENANT, value={"automation_enabled": True}, actor="ops", at=NOW
)

EXAMPLES: dict[Topic, Event] = {
    Topic.RESPONSES: RESPONSE,
    Topic.DRAFTED: DRAFTED,
    Topic.ASSESSED: ASSESSED,
    Topic.DECISIONS: DECISION,
    Topic.APPROVED: APPROVED,
    Topic.REPORTS: REPORT,
    Topic.EXECUTED: EXECUTED,
    Topic.STATE_CHANGED: CHANGED,
    Topic.SETTINGS: SETTING,
}
