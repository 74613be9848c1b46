"""The effects ledger on a real PostgreSQL: what one owner may expect of it."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from processors.effects import Refused, Unclear
from schemas.codec import decode_as
from schemas.events import Approved, EffectReport, Reason
from schemas.faults import PassingFault, RecordFault
from schemas.ledger import ClaimAnswer, ClaimFacts, Defer, EffectState, Go
from schemas.names import ActionId
from schemas.working import APPROVALS, Gate, ReservationState
from state.limits import release
from state.store import PostgresStore
from tests.integration.ledger_scene import Scene, Worker, done, key_of, opened

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
    worker = scene.worker()
    key = key_of(action)
    with ThreadPoolExecutor(1) as pool:
        with PostgresStore(scene.engine).begin() as tx:
            row = tx.lock(APPROVALS, {key})[key]
            claiming = pool.submit(worker.claim)
            scene.wait_until_blocked(worker)
            tx.save(APPROVALS, {key: _revoked(row)})
        assert claiming.result(10) == []
    assert scene.state(action) is S.SKIPPED


def test_a_claim_under_way_is_waited_for_and_wins(scene: Scene) -> None:
    [action] = scene.queued()
    worker = scene.worker()
    inside, go_on = threading.Event(), threading.Event()

    def slowly(action: Approved, facts: ClaimFacts) -> ClaimAnswer:
        inside.set()
        assert go_on.wait(10)
        return scene.check(action, facts)

    with ThreadPoolExecutor(2) as pool:
        claiming = pool.submit(worker.ledger.claim, 1, [], slowly)
        assert inside.wait(10)
        revoking = pool.submit(scene.approval, action)
        scene.wait_until_blocked(by=worker)
        go_on.set()
        assert [c.key for c in claiming.result(10)] == [key_of(action)]
        assert revoking.result(10).consumed_at is not None, "the revocation comes too late"


def _revoked(row: object) -> object:
    raise NotImplementedError
