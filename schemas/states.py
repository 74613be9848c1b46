"""The states a person can see an action in, and what the tables call them.

One table maps a state to the two status columns of `action_executions`; `None`
leaves the approval column as it was, since execution does not change who approved.
"""

from enum import StrEnum


class State(StrEnum):
    DRAFTED = "drafted"
    INVALID = "invalid"
    HALTED = "halted"
    NEEDS_INFORMATION = "needs_information"
    DENIED = "denied"
    PENDING_APPROVAL = "pending_approval"
    HELD = "held"
    SCHEDULED = "scheduled"
    WAITING = "waiting"
    APPROVED = "approved"
    AUTO_APPROVED = "auto_approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXECUTING = "executing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    OUTCOME_UNKNOWN = "outcome_unknown"
    MANUAL = "manual"
    ROLLED_BACK = "rolled_back"
    VERIFIED = "verified"
    COMPENSATED = "compensated"


class ApprovalState(StrEnum):
    NOT_REQUIRED = "not_required"
    PENDING = "pending"
    APPROVED = "approved"
    AUTO_APPROVED = "auto_approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class RowStatus(StrEnum):
    """`action_executions.execution_status`."""

    PENDING = "pending"
    QUEUED = "queued"
    EXECUTING = "executing"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"


class RowApproval(StrEnum):
    """`action_executions.approval_status` and `action_approvals.status`."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    AUTO_APPROVED = "auto_approved"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


ROW_STATUS: dict[State, tuple[RowStatus, RowApproval | None]] = {
    State.DRAFTED: (RowStatus.PENDING, RowApproval.PENDING),
    State.INVALID: (RowStatus.CANCELLED, None),
    State.HALTED: (RowStatus.PENDING, None),
    State.NEEDS_INFORMATION: (RowStatus.PENDING, None),
    State.DENIED: (RowStatus.CANCELLED, RowApproval.REJECTED),
    State.PENDING_APPROVAL: (RowStatus.PENDING, RowApproval.PENDING),
    State.HELD: (RowStatus.PENDING, None),
    State.SCHEDULED: (RowStatus.PENDING, None),
    State.WAITING: (RowStatus.PENDING, None),
    State.APPROVED: (RowStatus.QUEUED, RowApproval.APPROVED),
    State.AUTO_APPROVED: (RowStatus.QUEUED, RowApproval.AUTO_APPROVED),
    State.REJECTED: (RowStatus.CANCELLED, RowApproval.REJECTED),
    State.EXPIRED: (RowStatus.CANCELLED, RowApproval.EXPIRED),
    State.REVOKED: (RowStatus.CANCELLED, RowApproval.REVOKED),
    State.SUPERSEDED: (RowStatus.CANCELLED, RowApproval.SUPERSEDED),
    State.EXECUTING: (RowStatus.EXECUTING, None),
    State.SUCCEEDED: (RowStatus.COMPLETED, None),
    State.FAILED: (RowStatus.FAILED, None),
    State.SKIPPED: (RowStatus.SKIPPED, None),
    State.OUTCOME_UNKNOWN: (RowStatus.UNKNOWN, None),
    State.MANUAL: (RowStatus.PENDING, None),
    State.ROLLED_BACK: (RowStatus.ROLLED_BACK, None),
    State.VERIFIED: (RowStatus.COMPLETED, None),
    State.COMPENSATED: (RowStatus.ROLLED_BACK, None),
}

FINAL: frozenset[State] = frozenset(
    {
        State.INVALID,
        State.DENIED,
        State.REJECTED,
        State.EXPIRED,
        State.REVOKED,
        State.SUPERSEDED,
        State.SUCCEEDED,
        State.FAILED,
        State.SKIPPED,
        State.ROLLED_BACK,
        State.VERIFIED,
        State.COMPENSATED,
    }
)
"""States nothing but a compensation leaves. `halted`, `manual`, `needs_information` and
`outcome_unknown` are not among them: a person resolves those."""
