"""A read model's row, as a plain value: its fields are the columns of `state.tables`.

Every row starts blank, and events are folded into it (`sinks.project.fold`). Blank times are
the neutral elements of "earliest" and "latest", so that a fold needs no first case.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue

from schemas.names import ActionId, ParamsHash, TenantId
from schemas.states import RowApproval, RowStatus, State
from schemas.working import Rows

NOT_YET = datetime(9999, 1, 1, tzinfo=UTC)
"""Later than every event."""
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier than every event."""

_NO_TENANT = TenantId("")

_NAMESPACE = uuid.UUID("c1f7a0b4-5c52-5a0e-8f0f-3d1d6b7f9e21")


def definition_id(action_type: str) -> str:
    """`action_definitions.id`, known to an execution even before its definition is."""
    return str(uuid.uuid5(_NAMESPACE, f"definition:{action_type}"))


def approval_id(execution: ActionId, revision: int) -> str:
    """`action_approvals.id`: one for each revision a person is asked about."""
    return str(uuid.uuid5(_NAMESPACE, f"approval:{execution}.{revision}"))


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """An action as it stands: `action_executions`.

    Three groups of columns, each replaced as a whole by the event with the greatest
    sequence: what it is (`described_sequence`), where it stands (`sequence`), and who
    let it (`approval_sequence`).
    """

    id: ActionId
    tenant_id: TenantId = _NO_TENANT
    revision: int = 0
    sequence: int = 0
    state: State = State.DRAFTED
    response_id: str | None = None
    trace_id: str | None = None
    prediction_id: str | None = None
    llm_response_id: str | None = None
    action_definition_id: str | None = None
    action_type: str | None = None
    tool: str | None = None
    tool_version: str | None = None
    action_params: dict[str, JsonValue] | None = None
    params_hash: ParamsHash | None = None
    risk_level: str | None = None
    """Interlock's own estimate; none before it is assessed."""
    execution_status: RowStatus = RowStatus.PENDING
    approval_status: RowApproval = RowApproval.PENDING
    confidence_score: float | None = None
    retries: int | None = None
    executed_at: datetime | None = None
    execution_result: JsonValue = None
    error_message: str | None = None
    reason_code: str | None = None
    reason_text: str | None = None
    described_sequence: int = 0
    """0: no event of the chain has come yet, only state changes."""
    approval_sequence: int = 0
    created_at: datetime = NOT_YET
    updated_at: datetime = BEFORE_ALL


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """What was asked about one revision, and what was said: `action_approvals`."""

    execution_id: ActionId
    revision: int
    id: str = ""
    tenant_id: TenantId = _NO_TENANT
    sequence: int = 0
    described_sequence: int = 0
    requested: bool = False
    """Whether a person was asked. An automatic approval that somebody revoked was not."""
    action_type: str | None = None
    action_description: str | None = None
    confidence_score: float | None = None
    risk_level: str | None = None
    params_hash: ParamsHash | None = None
    status: RowApproval = RowApproval.PENDING
    decided_by: list[str] = field(default_factory=list)
    decided_at: datetime | None = None
    expires_at: datetime | None = None
    created_at: datetime = NOT_YET
    updated_at: datetime = BEFORE_ALL

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", approval_id(self.execution_id, self.revision))


ExecutionKey = tuple[ActionId]
ApprovalKey = tuple[ActionId, int]

EXECUTIONS: Rows[ExecutionKey, ExecutionRow] = Rows(
    "action_executions", ("id",), ExecutionRow, placeholders=True
)
APPROVALS: Rows[ApprovalKey, ApprovalRow] = Rows(
    "action_approvals", ("execution_id", "revision"), ApprovalRow, placeholders=True
)
"""An action's news come by several topics, so that several instances first hear of it at once."""
