"""The contract, written anew from `contracts.md` and the guides: names, groups and tables.

Nothing here may be taken from the code: two tables that were written apart from each other
agree only if both are right.
"""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RESPONSES = "llm.responses"
DRAFTED = "actions.drafted"
ASSESSED = "actions.assessed"
DECISIONS = "approvals.decisions"
APPROVED = "actions.approved"
REPORTS = "effects.reports"
EXECUTED = "actions.executed"
CHANGED = "react.action.state.changed"
SETTINGS = "control.settings"

OUTPUTS = (DRAFTED, ASSESSED, APPROVED, EXECUTED, CHANGED)
"""Written by our stages in transactions: a `ce_id` stands there once."""
INPUTS = (*OUTPUTS, RESPONSES, DECISIONS, REPORTS)
DEAD_LETTERS = tuple(f"{topic}.dlq" for topic in INPUTS)
TOPICS = (*INPUTS, SETTINGS, *DEAD_LETTERS)

READERS: Mapping[str, tuple[str, ...]] = {
    "interlock-draft": (RESPONSES,),
    "interlock-assess": (DRAFTED,),
    "interlock-approve": (ASSESSED, DECISIONS, EXECUTED),
    "interlock-execute": (APPROVED,),
    "interlock-settle": (REPORTS,),
    "interlock-observe": (EXECUTED,),
}
"""Consumer group → what it reads. `project` keeps its positions in the database instead."""
PROJECTED = (*OUTPUTS, SETTINGS)
TRANSACTIONAL_STAGES = frozenset({"draft", "assess", "approve", "settle", "observe"})
"""Their dead letters come once; `accept` and `project` may write one twice."""

FINAL = _words(
    "invalid denied rejected expired revoked superseded succeeded failed skipped"
    " rolled_back verified compensated"
)
RESTING = _words("outcome_unknown manual halted needs_information")
"""Ends that only a person moves on from."""
ENDS = FINAL | RESTING
NEVER_CALLED = FINAL - {"succeeded", "failed", "rolled_back", "verified", "compensated"} | {
    "manual",
    "halted",
    "needs_information",
    "pending_approval",
}
"""Where an action in such a state has been, no plugin was."""

_WAITS = _words("held scheduled waiting")
START = "start"
MAY_FOLLOW: Mapping[str, frozenset[str]] = {
    START: frozenset({"drafted", "invalid"}),
    "drafted": _words(
        "pending_approval auto_approved denied halted manual needs_information superseded"
    )
    | _WAITS,
    "pending_approval": _words("approved rejected expired superseded") | _WAITS,
    **{wait: _words("approved auto_approved rejected expired") for wait in _WAITS},
    "approved": frozenset({"executing", "skipped", "revoked"}) | _WAITS,
    "auto_approved": frozenset({"executing", "skipped", "revoked"}) | _WAITS,
    # What was certainly never sent goes back to the queue: intended again, or refused by then.
    "executing": _words("executing succeeded failed outcome_unknown skipped"),
    "succeeded": frozenset({"verified", "compensated", "rolled_back"}),
}
"""state → what may come next within one revision; nothing follows a state that is not here."""

EXECUTION_STATUS: Mapping[str, str] = {
    "drafted": "pending",
    "invalid": "cancelled",
    "halted": "pending",
    "needs_information": "pending",
    "denied": "cancelled",
    "pending_approval": "pending",
    "held": "pending",
    "scheduled": "pending",
    "waiting": "pending",
    "approved": "queued",
    "auto_approved": "queued",
    "rejected": "cancelled",
    "expired": "cancelled",
    "revoked": "cancelled",
    "superseded": "cancelled",
    "executing": "executing",
    "succeeded": "completed",
    "failed": "failed",
    "skipped": "skipped",
    "outcome_unknown": "unknown",
    "manual": "pending",
}
"""state → `action_executions.execution_status`."""

APPROVAL_STATUS: Mapping[str, str] = {
    "drafted": "pending",
    "pending_approval": "pending",
    "denied": "rejected",
    **{
        state: state
        for state in _words("approved auto_approved rejected expired revoked superseded")
    },
}
"""state → `approval_status`; any other state leaves the column as it was."""

WORDS: Mapping[str, str] = {
    "pending_approval": "pending",
    **{state: state for state in _words("approved rejected expired revoked superseded")},
}
"""state → `action_approvals.status`: what was asked of, or said by, people."""

RELEASING = _words("rejected skipped expired revoked superseded")
"""Ends that give a place in the limits back: never claimed."""

DEFAULT_MOST = {"hour": 10, "day": 50}
"""`max_actions_per_hour` and `_per_day` of a tenant whose record does not say."""
