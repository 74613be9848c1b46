"""What is known of an action type's past for a tenant: a fold over `actions.executed`.

`after` is the whole of it, from a row and one event to the next row, with no other source: no
clock, no settings. So the table can be made again from the log by applying the recorded events in
the order of each partition (no command does that yet), and any row can be checked against it.

| status | counts as |
|---|---|
| succeeded | a success; its call's duration |
| failed | a failure |
| unknown | a failure: it may have happened, and nobody can say that it went well |
| skipped | nothing: it was never called |

A type is known to a tenant once one execution of it succeeded there, and stays known.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median_low

from processors.impact import History
from schemas.events import Executed
from schemas.names import ExecutionStatus
from schemas.working import HistoryKey, HistoryRow

RECENT = timedelta(hours=24)
"""How long a failure counts, from when it ended."""
FAILURES_KEPT = 16
"""The most that `recent_failures` tells: more than this is as bad."""
DURATIONS_KEPT = 15
"""Of the last successes; their median is what is typical, so a slow one alone changes nothing."""

_FAILS = frozenset({ExecutionStatus.FAILED, ExecutionStatus.UNKNOWN})


def key_of(executed: Executed) -> HistoryKey:
    return executed.tenant_id, executed.action_type


def after(row: HistoryRow, executed: Executed) -> HistoryRow:
    """The row after one more execution of its tenant and type ended.

    What decides (`succeeded`, `failed_at`) is the same in whatever order the events come; only
    `durations_ms` keeps the order of the log.
    """
    at = executed.finished_at
    if executed.status in _FAILS:
        return replace(row, failed_at=tuple(sorted((*row.failed_at, at))[-FAILURES_KEPT:]))
    if executed.status is not ExecutionStatus.SUCCEEDED:
        return row
    last, took = row.last_succeeded_at, executed.metrics
    durations = row.durations_ms if took is None else (*row.durations_ms, took.call_ms)
    return replace(
        row,
        succeeded=row.succeeded + 1,
        last_succeeded_at=at if last is None else max(last, at),
        durations_ms=durations[-DURATIONS_KEPT:],
    )


def known(row: HistoryRow, now: datetime) -> History:
    """What assessment is told at an instant. A blank row is a type that never succeeded."""
    since = now - RECENT
    return History(
        first_time=row.succeeded == 0,
        recent_failures=sum(at > since for at in row.failed_at),
        typical_ms=median_low(row.durations_ms) if row.durations_ms else None,
        successes=row.succeeded,
    )
