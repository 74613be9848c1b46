"""The effects ledger on a real PostgreSQL: what one owner may expect of it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue
from sqlalchemy.exc import IntegrityError

from processors.effects import Answered, CallOutcome, Refused, Unclear
from schemas.codec import decode_as
from schemas.events import Approved, EffectReport, Reason
from schemas.faults import PassingFault, RecordFault
from schemas.ledger import ClaimAnswer, ClaimFacts, Defer, EffectState
from schemas.names import ActionId
from schemas.working import APPROVALS, Gate, ReservationState
from state.limits import release
from state.store import PostgresStore
from tests.integration.ledger_scene import Scene, done, key_of, opened

S = EffectState


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    with opened(database_url) as scene:
        yield scene


# --- accept --------------------------------------------------------------------------------


def test_accepting_twice_queues_once(scene: Scene) -> None:
    action = scene.approved()
    scene.queued(action, action)
    scene.queued(action)
    assert scene.states() == [S.QUEUED]


def test_an_action_the_database_cannot_hold_is_the_records_fault(scene: Scene) -> None:
    action = scene.approved()
    with pytest.raises(RecordFault, match="database_rejects"):
        scene.queued(action.model_copy(update={"tool": "a\0b"}))
    scene.queued(action)
    assert [c.key for c in scene.worker().claim()] == [key_of(action)]


def test_accepting_again_changes_nothing_of_what_runs(scene: Scene) -> None:
    [action] = scene.queued()
    [claimed] = scene.worker().claim()
    scene.queued(action.model_copy(update={"params": {"other": True}}))
    assert scene.state(action) is S.INTENDED
    stored = decode_as(Approved, bytes(scene.effect(action)["action"]))
    assert stored == claimed.action == action


def test_a_batch_with_an_action_the_database_refuses_queues_nothing(scene: Scene) -> None:
    good = scene.approved()
    bad = good.model_copy(update={"action_id": ActionId("no-uuid")})
    with pytest.raises(RecordFault):
        scene.queued(good, bad)
    assert scene.states() == []


def test_how_far_is_accepted_stands_with_what_is_accepted(scene: Scene) -> None:
    ledger = scene.worker().ledger
    action = scene.approved()
    bad = action.model_copy(update={"action_id": ActionId("no-uuid")})
    at = ("actions.approved", 3)
    ledger.accept([action], datetime.now(UTC), {at: 7})
    with pytest.raises(RecordFault):
        ledger.accept([bad], datetime.now(UTC), {at: 8})
    assert PostgresStore(scene.engine).positions("accept") == {at: 7}
    ledger.accept([], datetime.now(UTC), {at: 8})
    assert PostgresStore(scene.engine).positions("accept") == {at: 8}
    assert scene.states() == [S.QUEUED]


# --- claim ---------------------------------------------------------------------------------


def test_a_claim_uses_the_approval_up_and_tells_executing(scene: Scene) -> None:
    [action] = scene.queued()
    worker = scene.worker()
    [claimed] = worker.claim()
    assert (claimed.key, claimed.action, claimed.attempts) == (key_of(action), action, 1)
    assert claimed.plugin == scene.plugins["create_task"]
    effect = scene.effect(action)
    assert (effect["state"], effect["owner"]) == (S.INTENDED, worker.owner.id)
    assert scene.approval(action).consumed_at is not None
    assert scene.told(action) == [(1, None)]
    assert worker.claim() == []


def test_an_approval_is_used_once(scene: Scene) -> None:
    [action] = scene.queued()
    scene.change_approval(action, consumed_at=datetime.now(UTC))
    assert scene.worker().claim() == []
    assert scene.told(action) == [(1, "approval_consumed")]


def test_the_oldest_come_first_and_no_more_than_asked_for(scene: Scene) -> None:
    actions = [scene.approved() for _ in range(3)]
    for action in reversed(actions):
        scene.queued(action)
    assert [c.key for c in scene.worker().claim(2)] == [key_of(actions[2]), key_of(actions[1])]


def test_a_plugin_without_a_free_place_is_left_out(scene: Scene) -> None:
    slow, quick = scene.queued(scene.approved("slow"), scene.approved("quick"))
    worker = scene.worker()
    assert [c.key for c in worker.claim(full=("slow",))] == [key_of(quick)]
    assert scene.state(slow) is S.QUEUED
    assert [c.key for c in worker.claim()] == [key_of(slow)]


def test_a_deferred_claim_stays_queued_and_waits_a_while(scene: Scene) -> None:
    [action] = scene.queued()
    asked: list[Approved] = []

    def defer(action: Approved, facts: ClaimFacts) -> ClaimAnswer:
        asked.append(action)
        return Defer(Reason(code="frozen", text=""))

    worker = scene.worker()
    for _ in range(2):
        assert worker.ledger.claim(10, [], defer) == []
    assert asked == [action], "it is looked at again later, not at once"
    assert scene.effect(action)["waits"]
    assert scene.approval(action).consumed_at is None
    assert scene.told(action) == []
    other = scene.approved()
    scene.queued(other)
    assert [c.key for c in worker.claim()] == [key_of(other)], "nobody waits for what is deferred"
    scene.execute("UPDATE effects SET not_before = now()")
    assert [c.key for c in worker.claim()] == [key_of(action)]


def test_nothing_is_claimed_before_its_time(scene: Scene) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    scheduled = scene.approved().model_copy(update={"not_before": later})
    now = scene.approved().model_copy(update={"not_before": datetime.now(UTC)})
    scene.queued(scheduled, now)
    worker = scene.worker()
    assert [claimed.key for claimed in worker.claim()] == [key_of(now)]
    scene.execute("UPDATE effects SET not_before = now() WHERE state = 'queued'")
    assert [claimed.key for claimed in worker.claim()] == [key_of(scheduled)]


def test_a_refused_claim_ends_skipped_and_gives_its_place_back_once(scene: Scene) -> None:
    action, kept = scene.queued(scene.approved(), scene.approved())
    scene.change_approval(action, gate=Gate.REJECTED)
    assert scene.used() == [2, 2]
    [claimed] = scene.worker().claim()
    assert claimed.key == key_of(kept)
    assert scene.state(action) is S.SKIPPED
    assert scene.effect(action)["failure_code"] == "approval_missing"
    assert scene.told(action) == [(1, "approval_missing")]
    assert scene.reservation(action).state is ReservationState.RELEASED
    assert scene.used() == [1, 1]
    with PostgresStore(scene.engine).begin() as tx:
        release(tx, [(key_of(action), scene.reservation(action))])
    assert scene.used() == [1, 1]


@pytest.mark.parametrize("gate", [Gate.REJECTED, Gate.CLOSED, Gate.PENDING])
def test_an_approval_taken_back_after_it_was_queued_is_no_approval(
    scene: Scene, gate: Gate
) -> None:
    [action] = scene.queued()
    scene.change_approval(action, gate=gate)
    assert scene.worker().claim() == []
    assert scene.told(action) == [(1, "approval_missing")]


def test_a_revocation_under_way_is_waited_for_and_wins(scene: Scene) -> None:
    [action] = scene.queued()
    key = key_of(action)
    with ThreadPoolExecutor(1) as pool:
        with PostgresStore(scene.engine).begin() as tx:
            row = tx.lock(APPROVALS, {key})[key]
            claiming = pool.submit(scene.worker().claim)
            scene.wait_until_blocked()
            tx.save(APPROVALS, {key: replace(row, gate=Gate.REJECTED)})
        assert claiming.result(10) == []
    assert scene.state(action) is S.SKIPPED


def test_a_claim_under_way_is_waited_for_and_wins(scene: Scene) -> None:
    [action] = scene.queued()
    inside, go_on = threading.Event(), threading.Event()

    def slowly(action: Approved, facts: ClaimFacts) -> ClaimAnswer:
        inside.set()
        assert go_on.wait(10)
        return scene.check(action, facts)

    with ThreadPoolExecutor(2) as pool:
        claiming = pool.submit(scene.worker().ledger.claim, 1, [], slowly)
        assert inside.wait(10)
        revoking = pool.submit(scene.approval, action)
        scene.wait_until_blocked()
        go_on.set()
        assert [c.key for c in claiming.result(10)] == [key_of(action)]
        assert revoking.result(10).consumed_at is not None, "the revocation comes too late"


# --- one revision of an action -------------------------------------------------------------


def revisions(scene: Scene) -> tuple[Approved, Approved]:
    """Two revisions of one action, both approved."""
    return scene.approved(origin="same"), scene.approved(origin="same", revision=2)


@pytest.mark.parametrize(
    ("ended", "second"),
    [(None, S.QUEUED), ("done", S.SKIPPED), ("unknown", S.QUEUED), ("failed", S.INTENDED)],
)
def test_a_second_revision_runs_only_after_one_that_certainly_did_not(
    scene: Scene, ended: str | None, second: EffectState
) -> None:
    first, next_one = revisions(scene)
    scene.queued(first)
    worker = scene.worker()
    [claimed] = worker.claim()
    outcomes = {"done": None, "unknown": Unclear("x", "x"), "failed": Refused("x", "x")}
    if ended is not None:
        worker.ledger.record([done(claimed, outcomes[ended])])
    scene.queued(next_one)
    worker.claim()
    assert scene.state(next_one) is second


def test_of_two_revisions_in_one_claim_one_runs(scene: Scene) -> None:
    first, second = scene.queued(*revisions(scene))
    other = scene.approved()
    scene.queued(other)
    worker = scene.worker()
    claimed = worker.claim()
    assert {c.key for c in claimed} == {key_of(first), key_of(other)}
    assert scene.state(second) is S.QUEUED
    worker.ledger.record([done(c) for c in claimed])
    scene.execute("UPDATE effects SET not_before = NULL")
    assert worker.claim() == []
    assert scene.told(second) == [(1, "already_done")]


def test_of_two_revisions_claimed_by_two_at_once_one_runs(scene: Scene) -> None:
    first, second = revisions(scene)
    scene.queued(first)
    one, other = scene.worker(), scene.worker()
    inside, go_on = threading.Event(), threading.Event()

    def slowly(action: Approved, facts: ClaimFacts) -> ClaimAnswer:
        inside.set()
        assert go_on.wait(10)
        return scene.check(action, facts)

    with ThreadPoolExecutor(2) as pool:
        claiming = pool.submit(one.ledger.claim, 1, [], slowly)
        assert inside.wait(10)
        scene.queued(second)
        assert [c.key for c in other.claim()] == [key_of(second)]
        go_on.set()
        with pytest.raises(PassingFault, match="claim_race"):
            claiming.result(10)
    assert (scene.state(first), scene.state(second)) == (S.QUEUED, S.INTENDED)
    assert scene.approval(first).consumed_at is None
    assert one.claim() == [], "the next look finds the other one open"
    assert scene.state(first) is S.QUEUED


@pytest.mark.parametrize("ran", ["intended", "done", "unknown", "verified"])
def test_the_table_itself_holds_one_revision_that_ran_or_may_have(scene: Scene, ran: str) -> None:
    first, second = scene.queued(*revisions(scene))
    move = (
        "UPDATE effects SET state = CAST(:state AS text), "
        "owner = CASE WHEN :state = 'intended' THEN 1 END WHERE revision = :revision"
    )
    scene.execute(move, state=ran, revision=1)
    for state in ("intended", "done", "unknown", "verified"):
        with pytest.raises(IntegrityError, match="effects_one_that_ran"):
            scene.execute(move, state=state, revision=2)
    scene.execute(move, state="failed", revision=1)
    scene.execute(move, state=ran, revision=2)
    assert (scene.state(first), scene.state(second)) == (S.FAILED, EffectState(ran))


# --- results and reports -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state", "told"),
    [
        (None, S.DONE, "succeeded"),
        (Refused("http_422", "no"), S.FAILED, "http_422"),
        (Unclear("timeout", "?"), S.UNKNOWN, "timeout"),
    ],
)
def test_a_result_is_stored_and_told_once(
    scene: Scene, outcome: CallOutcome | None, state: EffectState, told: str
) -> None:
    [action] = scene.queued()
    worker = scene.worker()
    [claimed] = worker.claim()
    for _ in range(2):
        worker.ledger.record([done(claimed, outcome)])
    effect = scene.effect(action)
    assert (effect["state"], effect["owner"]) == (state, None)
    assert effect["ended_at"] is not None
    assert scene.told(action) == [(1, None), (2, told)]


def test_only_its_owner_stores_a_result(scene: Scene) -> None:
    [action] = scene.queued()
    one, other = scene.worker(), scene.worker()
    [claimed] = one.claim()
    other.ledger.record([done(claimed)])
    assert (scene.state(action), scene.told(action)) == (S.INTENDED, [(1, None)])
    one.ledger.record([done(claimed)])
    assert scene.state(action) is S.DONE


def test_results_that_cannot_be_stored_leave_the_others_of_their_batch_alone(
    scene: Scene,
) -> None:
    actions = scene.queued(scene.approved(), scene.approved())
    worker = scene.worker()
    good, deep = worker.claim()
    nested: JsonValue = 1
    for _ in range(100):
        nested = [nested]
    with pytest.raises(RecordFault):
        worker.ledger.record([done(good), done(deep, Answered(nested))])
    assert [scene.state(action) for action in actions] == [S.INTENDED, S.INTENDED]


def test_reports_are_told_in_order_until_they_are_marked(scene: Scene) -> None:
    actions = scene.queued(scene.approved(), scene.approved())
    worker = scene.worker()
    claimed = worker.claim()
    worker.ledger.record([done(c) for c in claimed])
    reports = worker.ledger.untold(10)
    assert [report.id for report in reports] == sorted(report.id for report in reports)
    for action in actions:
        assert [r.step for r in reports if r.key == key_of(action)] == [1, 2]
    assert worker.ledger.untold(3) == reports[:3]
    first = decode_as(EffectReport, reports[0].report)
    assert (first.action.tenant_id, first.ending) == (reports[0].tenant, None)
    worker.ledger.told(reports[:3])
    assert worker.ledger.untold(10) == reports[3:]


def test_what_was_never_sent_goes_back_with_its_approval_unused(scene: Scene) -> None:
    [action] = scene.queued()
    worker = scene.worker()
    claimed = worker.claim()
    worker.ledger.requeue(claimed)
    effect = scene.effect(action)
    assert (effect["state"], effect["owner"], effect["attempts"]) == (S.QUEUED, None, 0)
    assert scene.approval(action).consumed_at is None
    assert scene.reservation(action).state is ReservationState.RESERVED
    worker.ledger.record([done(claimed[0])])
    assert scene.state(action) is S.QUEUED, "a result of a call that never was"
    [again] = worker.claim()
    assert again.attempts == 1
    worker.ledger.record([done(again)])
    assert scene.told(action) == [(1, None), (2, None), (3, "succeeded")]


def test_only_its_owner_gives_back(scene: Scene) -> None:
    [action] = scene.queued()
    claimed = scene.worker().claim()
    scene.worker().ledger.requeue(claimed)
    assert scene.state(action) is S.INTENDED
    assert scene.approval(action).consumed_at is not None
