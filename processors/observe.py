"""Observe: how an execution ended, told once to everyone who follows the action."""

from collections.abc import Mapping
from datetime import datetime

import orjson

from processors.labels import TAG
from processors.sensitive import NOTHING, is_sensitive, sensitive_texts, unquoted_value
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


def process(
    executed: Executed, now: datetime, tags: Mapping[str, str] | None = None
) -> list[Output]:
    """The final observation, ordered after the execution it observes.

    Args:
        tags: of the tool's parameters; None: the catalog has it no more.
    """
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
            "result_summary": _summary(executed, tags),
            "observation": executed.observation,
            "failure_reason": failure,
            "fallback": executed.fallback,
            "metrics": executed.metrics,
        }
    )
    return [changed(change)]


def _summary(executed: Executed, tags: Mapping[str, str] | None) -> str | None:
    """The result for people and lists, masked: what it echoes of the parameters, and whatever else
    is sensitive. The observation has it as it is, since the model goes on with that."""
    if executed.result is None:
        return None
    if tags is None and any(label.startswith(TAG) for label in executed.labels):
        return NOTHING
    hidden = sensitive_texts(executed.params, tags or {}) if is_sensitive(executed.labels) else ()
    text = orjson.dumps(unquoted_value(executed.result, hidden)).decode()
    return text if len(text) <= SUMMARY_CHARACTERS else text[: SUMMARY_CHARACTERS - 1] + "…"
