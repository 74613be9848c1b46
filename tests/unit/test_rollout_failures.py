"""When failures hold a staged rollout, and what of them counts."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from processors.rollout_failures import Recent, Tally, holds_due, reason_to_hold
from processors.snapshot import Snapshot
from schemas.events import Executed
from schemas.names import ExecutionStatus
from schemas.rollout import HoldRule, RolloutHold, RolloutPlan
from tests.stories import START, Story, ends_well

RULE = HoldRule(failure_rate=0.1, window_s=3_600, least=10)
AUTOMATIC = next(e for e in ends_well(Story()).events if isinstance(e, Executed))
BY_A_PERSON = next(e for e in ends_well(Story(), by=["ana"]).events if isinstance(e, Executed))
MINUTE = timedelta(minutes=1)


def ended(
    at: datetime,
    status: ExecutionStatus = ExecutionStatus.FAILED,
    of: Executed = AUTOMATIC,
    **said: str,
) -> Executed:
    return of.model_copy(update={"finished_at": at, "status": status, **said})


def recent(*executions: Executed, length_s: int = 3_600) -> Recent:
    found = Recent(length_s)
    for executed in executions:
        found.add(executed, START + timedelta(days=2))
    return found


def under(plan_types: list[str], hold: RolloutHold | None = None) -> Snapshot:
    said = {"from": START - timedelta(days=1), "percent_of_tenants": 1, "types": plan_types}
    plan = RolloutPlan.model_validate({"rollout": [said]})
    return Snapshot(
        rollouts={"default": plan}, rollout_holds={} if hold is None else {"default": hold}
    )


FAILING = [ended(START + n * MINUTE) for n in range(10)]


def test_more_failures_than_the_rate_hold_and_as_many_do_not() -> None:
    assert reason_to_hold(RULE, {"create_task": Tally(9, 1)}) is None
    reason = reason_to_hold(RULE, {"create_task": Tally(8, 2)})
    assert reason == "within 3600 s create_task: 2 of 10 failed"


def test_of_few_executions_nothing_is_concluded() -> None:
    assert reason_to_hold(RULE, {"create_task": Tally(0, 9)}) is None
    assert reason_to_hold(RULE, {"create_task": Tally(0, 10)}) is not None


def test_one_failing_type_is_not_hidden_by_many_that_succeed() -> None:
    tallies = {"create_task": Tally(100_000, 0), "update_inventory": Tally(5, 5)}
    assert reason_to_hold(RULE, tallies) == "within 3600 s update_inventory: 5 of 10 failed"


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 50))
def test_a_failure_more_never_lifts_what_held(succeeded: int, failed: int, more: int) -> None:
    if reason_to_hold(RULE, {"t": Tally(succeeded, failed)}) is not None:
        assert reason_to_hold(RULE, {"t": Tally(succeeded, failed + more)}) is not None


def test_only_what_ran_on_nobodys_word_counts() -> None:
    by_people = [ended(START, of=BY_A_PERSON) for _ in range(20)]
    skipped = [ended(START, ExecutionStatus.SKIPPED) for _ in range(20)]
    assert recent(*by_people, *skipped).tallies(3_600) == {}


def test_an_outcome_nobody_knows_counts_as_a_failure() -> None:
    unknown = [ended(START, ExecutionStatus.UNKNOWN) for _ in range(10)]
    assert recent(*unknown).tallies(3_600) == {"create_task": Tally(0, 10)}


def test_what_has_left_the_window_counts_no_more() -> None:
    later = ended(START + timedelta(hours=2), ExecutionStatus.SUCCEEDED)
    assert recent(*FAILING, later).tallies(3_600) == {"create_task": Tally(1, 0)}
    # Read out of order it is the same.
    assert recent(later, *FAILING).tallies(3_600) == {"create_task": Tally(1, 0)}


def test_memory_does_not_grow_with_the_log() -> None:
    found = Recent(3_600)
    for n in range(20_000):
        found.add(ended(START + n * timedelta(seconds=7)), START + timedelta(days=2))
    assert len(found._counts) <= 362


def test_failing_types_of_a_plan_hold_it() -> None:
    ((name, hold),) = holds_due(under(["create_task"]), recent(*FAILING))
    assert name == "default"
    assert hold.held
    assert hold.since == FAILING[-1].finished_at
    assert "create_task: 10 of 10" in hold.reason


def test_types_that_no_step_has_reached_hold_nothing() -> None:
    assert not list(holds_due(under(["send_notification"]), recent(*FAILING)))
    assert not list(holds_due(Snapshot(), recent(*FAILING)))
    assert not list(holds_due(under(["*"]), Recent(3_600)))


def test_a_plan_that_is_held_is_not_held_again() -> None:
    held = RolloutHold(reason="by hand", since=START)
    assert not list(holds_due(under(["*"], held), recent(*FAILING)))


def test_lifting_a_hold_forgives_what_failed_before_it_and_nothing_after() -> None:
    lifted = RolloutHold(held=False, since=FAILING[-1].finished_at)
    settings = under(["*"], lifted)
    assert not list(holds_due(settings, recent(*FAILING)))
    more = [ended(START + n * MINUTE) for n in range(11, 21)]
    ((_, hold),) = holds_due(settings, recent(*FAILING, *more))
    assert "10 of 10" in hold.reason


def test_the_same_log_gives_the_same_hold() -> None:
    settings = under(["*"])
    once, again = (list(holds_due(settings, recent(*FAILING))) for _ in range(2))
    assert once == again


def test_a_clock_that_runs_ahead_does_not_make_failures_old() -> None:
    found = recent(*FAILING)
    found.add(ended(START + timedelta(days=30), ExecutionStatus.SUCCEEDED), START + 10 * MINUTE)
    assert found.tallies(3_600) == {"create_task": Tally(1, 10)}
