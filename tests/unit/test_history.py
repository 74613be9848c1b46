"""What is remembered of a tenant's executions, and what assessment is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.history import DURATIONS_KEPT, FAILURES_KEPT, RECENT, after, key_of, known
from processors.impact import History
from schemas.events import CallMetrics, Executed
from schemas.names import ExecutionStatus, Verdict
from schemas.working import HistoryRow
from tests.stories import ACME, START, Story

SUCCEEDED, FAILED, UNKNOWN, SKIPPED = ExecutionStatus
BLANK = HistoryRow(ACME, "create_task")
STORY = Story()
ENDED = STORY.executed(
    STORY.approved(STORY.assessed(STORY.drafted(), Verdict.AUTO_APPROVE), []), SUCCEEDED
)


@dataclass(frozen=True)
class End:
    status: ExecutionStatus
    hours: float = 0
    """After the start."""
    took_ms: int | None = 100

    @property
    def at(self) -> datetime:
        return START + timedelta(hours=self.hours)

    @property
    def executed(self) -> Executed:
        took = self.took_ms
        metrics = None if took is None else CallMetrics(queued_ms=1, call_ms=took, total_ms=took)
        changes = {"status": self.status, "finished_at": self.at, "metrics": metrics}
        return ENDED.model_copy(update=changes)


def row_after(*ends: End) -> HistoryRow:
    return reduce(after, (end.executed for end in ends), BLANK)


def told(*ends: End, hours: float = 0) -> History:
    return known(row_after(*ends), START + timedelta(hours=hours))


ENDS = st.lists(
    st.builds(
        End,
        st.sampled_from(ExecutionStatus),
        st.integers(0, 72),
        st.none() | st.integers(0, 10_800_000),
    ),
    max_size=40,
)


def test_a_row_is_a_tenants_and_a_types() -> None:
    assert key_of(ENDED) == (ACME, "create_task")


@pytest.mark.parametrize("status", [FAILED, UNKNOWN, SKIPPED])
def test_only_a_success_makes_a_type_known(status: ExecutionStatus) -> None:
    assert told().first_time is True
    assert told(End(status), End(status)).first_time is True
    assert told(End(status), End(SUCCEEDED)).first_time is False


@given(ENDS)
def test_a_type_stays_known(ends: list[End]) -> None:
    for count in range(len(ends)):
        if told(*ends[:count]).first_time is False:
            assert told(*ends[: count + 1]).first_time is False


@pytest.mark.parametrize(
    ("status", "counts"), [(FAILED, 1), (UNKNOWN, 1), (SKIPPED, 0), (SUCCEEDED, 0)]
)
def test_what_counts_as_a_failure(status: ExecutionStatus, counts: int) -> None:
    assert told(End(status)).recent_failures == counts


def test_a_failure_counts_for_a_day() -> None:
    failed = End(FAILED, hours=1)
    day = RECENT / timedelta(hours=1)
    assert told(failed, hours=1 + day - 0.01).recent_failures == 1
    assert told(failed, hours=1 + day).recent_failures == 0


def test_a_success_takes_no_failure_back() -> None:
    assert told(End(FAILED), End(SUCCEEDED, 1)).recent_failures == 1


@given(ENDS, st.integers(0, 96))
def test_the_failures_are_those_of_the_last_day_up_to_what_is_kept(
    ends: list[End], hours: int
) -> None:
    now = START + timedelta(hours=hours)
    recent = [e for e in ends if e.status in (FAILED, UNKNOWN) and e.at > now - RECENT]
    assert told(*ends, hours=hours).recent_failures == min(len(recent), FAILURES_KEPT)


def test_the_typical_duration_is_the_median_of_the_last_successes() -> None:
    assert told().typical_ms is None
    assert told(End(SUCCEEDED, took_ms=None)).typical_ms is None
    assert told(*(End(SUCCEEDED, took_ms=ms) for ms in (900, 100, 200))).typical_ms == 200
    assert told(End(SUCCEEDED, took_ms=7), End(FAILED, took_ms=9_000)).typical_ms == 7
    slower = [End(SUCCEEDED, took_ms=50)] * 30 + [End(SUCCEEDED, took_ms=80)] * DURATIONS_KEPT
    assert told(*slower).typical_ms == 80


def test_one_slow_call_alone_changes_nothing() -> None:
    usual = [End(SUCCEEDED, took_ms=100)] * 3
    assert told(*usual, End(SUCCEEDED, took_ms=10_800_000)).typical_ms == 100


@given(ENDS, st.randoms())
def test_what_decides_does_not_depend_on_the_order_of_events(
    ends: list[End], random: Random
) -> None:
    shuffled = list(ends)
    random.shuffle(shuffled)
    one, other = row_after(*ends), row_after(*shuffled)
    assert (one.succeeded, one.last_succeeded_at, one.failed_at) == (
        other.succeeded,
        other.last_succeeded_at,
        other.failed_at,
    )


@given(ENDS)
def test_a_row_stays_small(ends: Sequence[End]) -> None:
    row = row_after(*ends, *ends, *ends)
    assert len(row.failed_at) <= FAILURES_KEPT
    assert len(row.durations_ms) <= DURATIONS_KEPT
    assert row.succeeded == 3 * sum(end.status is SUCCEEDED for end in ends)


def test_conditions_see_only_what_is_known() -> None:
    assert told(End(SUCCEEDED, took_ms=5), End(FAILED)).for_conditions() == {
        "first_time": False,
        "recent_failures": 1,
        "typical_ms": 5,
        "successes": 1,
    }
    assert told().for_conditions() == {"first_time": True, "recent_failures": 0, "successes": 0}
    assert History().for_conditions() == {"first_time": True}
