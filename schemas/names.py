"""The names everything else refers to: topics, identifiers and the kinds of record."""

from enum import StrEnum
from typing import NewType

TenantId = NewType("TenantId", str)
ActionId = NewType("ActionId", str)
ParamsHash = NewType("ParamsHash", str)
EventId = NewType("EventId", str)
"""A CloudEvents `id`: deterministic, so that a record written twice is recognised."""


class Topic(StrEnum):
    RESPONSES = "llm.responses"
    DRAFTED = "actions.drafted"
    ASSESSED = "actions.assessed"
    DECISIONS = "approvals.decisions"
    APPROVED = "actions.approved"
    REPORTS = "effects.reports"
    EXECUTED = "actions.executed"
    STATE_CHANGED = "react.action.state.changed"
    SETTINGS = "control.settings"

    @property
    def dlq(self) -> str:
        """Where a record of this topic goes when no stage can take it."""
        return f"{self.value}.dlq"


class DecisionType(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    REVOKE = "revoke"
    EDIT = "edit"
    ROLLBACK = "rollback"
    REPLAY = "replay"
    RESOLVE = "resolve"
    BATCH = "batch"
    DELEGATE = "delegate"
    EXPIRED = "expired"
    ESCALATED = "escalated"
    DUE = "due"


class SettingKind(StrEnum):
    TENANT = "tenant"
    PLUGIN = "plugin"
    DEFINITION = "definition"
    TEMPLATE = "template"
    POLICY = "policy"
    FLAG = "flag"
    FREEZE = "freeze"
    APPROVER = "approver"
    LABEL = "label"
    ROLLOUT = "rollout"
    ROLLOUT_REACHED = "rollout_reached"
    ROLLOUT_HOLD = "rollout_hold"


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(RiskLevel)}


class SafetyMode(StrEnum):
    STRICT = "strict"
    MODERATE = "moderate"
    PERMISSIVE = "permissive"


class Verdict(StrEnum):
    AUTO_APPROVE = "auto_approve"
    NEEDS_APPROVAL = "needs_approval"
    NEEDS_INFORMATION = "needs_information"
    DENY = "deny"
    HALT = "halt"


class ExecutionStatus(StrEnum):
    """`status` of `actions.executed`."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
