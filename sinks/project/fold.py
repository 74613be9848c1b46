"""An action's row, folded from its events in whatever order they arrive.

Topics are read side by side, so an outcome may come before its proposal. Each group of
columns is therefore replaced as a whole, and only by an event with a greater sequence than
the one it came from; times take the earliest and the latest. That makes the fold commutative,
associative and idempotent: any order, any repetition, the same row.
"""

from dataclasses import replace
from datetime import datetime

from schemas.events import Assessed, Drafted, Executed
from schemas.names import ExecutionStatus
from schemas.states import ROW_STATUS
from sinks.project.rows import ExecutionRow, definition_id
from sinks.project.told import ActionNews, Transition


def fold_execution(row: ExecutionRow, news: ActionNews, at: datetime) -> ExecutionRow:
    """The row after one more event about its action; a row starts as `ExecutionRow(id)`."""
    began = at if isinstance(news, Transition) else min(news.drafted_at or at, at)
    row = replace(row, created_at=min(row.created_at, began), updated_at=max(row.updated_at, at))
    return _moved(row, news) if isinstance(news, Transition) else _described(row, news)


def _moved(row: ExecutionRow, news: Transition) -> ExecutionRow:
    status, approval = ROW_STATUS[news.state]
    if approval is not None and news.sequence > row.approval_sequence:
        row = replace(row, approval_sequence=news.sequence, approval_status=approval)
    if news.sequence <= row.sequence:
        return row
    if not row.described_sequence:
        row = _sketched(row, news)
    reason = news.change.failure_reason or news.change.reason
    return replace(
        row,
        sequence=news.sequence,
        state=news.state,
        execution_status=status,
        reason_code=reason.code if reason else None,
        reason_text=reason.text if reason else None,
    )


def _sketched(row: ExecutionRow, news: Transition) -> ExecutionRow:
    """What a state change knows of its action: all there ever is of an invalid proposal."""
    change = news.change
    return replace(
        row,
        tenant_id=news.tenant_id,
        revision=news.revision,
        response_id=change.response_id,
        trace_id=change.trace_id,
        action_definition_id=definition_id(change.action_type) if change.action_type else None,
        action_type=change.action_type,
        tool=change.tool,
        params_hash=change.params_hash,
    )


def _described(row: ExecutionRow, event: Drafted) -> ExecutionRow:
    """Parameters, their hash and the revision always come from one event: who approves what
    this row shows names the hash of what it shows."""
    if event.sequence <= row.described_sequence:
        return row
    ended = event if isinstance(event, Executed) else None
    failure = ended.failure_reason if ended else None
    ran = ended is not None and ended.status is not ExecutionStatus.SKIPPED
    return replace(
        row,
        described_sequence=event.sequence,
        tenant_id=event.tenant_id,
        revision=event.revision,
        response_id=event.response_id,
        trace_id=event.trace_id,
        prediction_id=event.prediction_id,
        llm_response_id=event.llm_response_id,
        action_definition_id=definition_id(event.action_type),
        action_type=event.action_type,
        tool=event.tool,
        tool_version=event.tool_version,
        action_params=event.params,
        params_hash=event.params_hash,
        risk_level=event.impact.risk_level if isinstance(event, Assessed) else None,
        confidence_score=event.confidence,
        # An ending belongs to its revision: a newer one has none yet.
        retries=ended.retries if ended else None,
        executed_at=ended.finished_at if ended and ran else None,
        execution_result=ended.result if ended else None,
        error_message=f"{failure.code}: {failure.text}" if failure else None,
    )
