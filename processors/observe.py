"""Observe: how an execution ended, told once to everyone who follows the action."""

from datetime import datetime

import orjson

from processors.transitions import changed, transition
from schemas.events import Executed, Reason
from schemas.names import ExecutionStatus
from schemas.output import Output
from schemas.sequence import Rank, parts
from schemas.states import State

SUMMARY_CHARACTERS = 500

ENDS_AS: dict[ExecutionStatus, State] = {
    ExecutionStatus.SUCCEEDED: State.SUCCEEDED,
    ExecutionStatus.FAILED: State.FAILED,
    ExecutionStatus.UNKNOWN: State.OUTCOME_UNKNOWN,
    ExecutionStatus.SKIPPED: State.SKIPPED,
}


def process(executed: Executed, now: datetime) -> list[Output]:
    """The final observation, ordered after the execution it observes."""
    failure = executed.failure_reason
    _, _, step = parts(executed.sequence)
    change = transition(
        executed,
        ENDS_AS[executed.status],
        Rank.OBSERVE,
        executed.finished_at,
        step=step,
        previous=State.EXECUTING if executed.started_at else State(executed.approval.state.value),
        reason=None if failure is None else Reason(code=failure.code, text=failure.text),
        approval=executed.approval.state,
        risk=executed.impact.risk_level,
    ).model_copy(
        update={
            "retries": executed.retries,
            "result_summary": _summary(executed),
            "observation": executed.observation,
            "failure_reason": failure,
            "fallback": executed.fallback,
            "metrics": executed.metrics,
        }
    )
    return [changed(change)]


def _summary(executed: Executed) -> str | None:
    if executed.result is None:
        return None
    text = orjson.dumps(executed.result).decode()
    return text if len(text) <= SUMMARY_CHARACTERS else text[: SUMMARY_CHARACTERS - 1] + "…"
