"""Endings of effects that brought no answer of their own."""

from datetime import datetime

from schemas.events import Ending, FailureReason, Reason
from schemas.names import ExecutionStatus


def skipped(reason: Reason, now: datetime) -> Ending:
    """The ending of an effect that was never called."""
    return Ending(
        status=ExecutionStatus.SKIPPED,
        observation={"status": ExecutionStatus.SKIPPED.value, "reason": reason.code},
        failure_reason=FailureReason(code=reason.code, text=reason.text),
        finished_at=now,
    )


def owner_lost(started: datetime | None, now: datetime) -> Ending:
    """The ending of an intended effect whose process died and that may not be repeated."""
    text = "the process that called the plugin died before its answer was stored"
    return Ending(
        status=ExecutionStatus.UNKNOWN,
        observation={"status": ExecutionStatus.UNKNOWN.value, "error": {"code": "owner_lost"}},
        failure_reason=FailureReason(code="owner_lost", text=text),
        started_at=started,
        finished_at=now,
    )
