"""Owners of effects on a real PostgreSQL: several at once, dying, losing their session."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from launch import wait_until
from schemas.events import Approved
from schemas.faults import PassingFault
from schemas.ledger import ClaimAnswer, ClaimFacts, EffectKey, EffectState
from state import ownership
from state.ledger import DEAD_AFTER_S, PostgresLedger
from tests.integration.ledger_scene import Scene, Worker, done, key_of, opened

S = EffectState


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    with opened(database_url) as scene:
        yield scene


def proven(worker: Worker) -> bool:
    return worker.owner.proven


# --- several at once -----------------------------------------------------------------------


def test_owners_claiming_at_once_share_the_queue(scene: Scene) -> None:
    actions = scene.queued(*[scene.approved() for _ in range(60)])
    workers = [scene.worker() for _ in range(3)]
    start = threading.Barrier(len(workers))

    def claim_all(worker: Worker) -> list[EffectKey]:
        found: list[EffectKey] = []
        start.wait(10)
        while claimed := worker.claim(4):
            found += [item.key for item in claimed]
        return found

    with ThreadPoolExecutor(len(workers)) as pool:
        shares = list(pool.map(claim_all, workers))
    assert Counter(key for share in shares for key in share) == Counter(map(key_of, actions))
    for worker, share in zip(workers, shares, strict=True):
        owned = {key_of(a) for a in actions if scene.effect(a)["owner"] == worker.owner.id}
        assert owned == set(share)
    assert all(scene.told(action) == [(1, None)] for action in actions)


def test_nobody_waits_for_a_claim_under_way(scene: Scene) -> None:
    first, second = scene.queued(scene.approved(), scene.approved())
    inside, go_on = threading.Event(), threading.Event()

    def slowly(action: Approved, facts: ClaimFacts) -> ClaimAnswer:
        inside.set()
        assert go_on.wait(10)
        return scene.check(action, facts)

    with ThreadPoolExecutor(1) as pool:
        claiming = pool.submit(scene.worker().ledger.claim, 1, [], slowly)
        assert inside.wait(10)
        assert [c.key for c in scene.worker().claim()] == [key_of(second)]
        go_on.set()
        assert [c.key for c in claiming.result(10)] == [key_of(first)]


# --- an owner dies -------------------------------------------------------------------------


def test_effects_of_the_living_are_left_alone(scene: Scene) -> None:
    [action] = scene.queued()
    owner = scene.worker()
    owner.claim()
    assert scene.worker().take_over() == []
    effect = scene.effect(action)
    assert (effect["state"], effect["owner"]) == (S.INTENDED, owner.owner.id)


def test_a_dead_owners_effects_are_called_again_only_where_that_is_harmless(scene: Scene) -> None:
    again, once, moved, gone = scene.queued(
        scene.approved("again"),
        scene.approved("once"),
        scene.approved("moved"),
        scene.approved("gone"),
    )
    dead, heir = scene.worker(), scene.worker()
    dead.claim()
    dead.die()
    scene.plugin("once", idempotent=False)
    scene.plugin("moved", version="2.0")
    del scene.plugins["gone"]

    [taken] = heir.take_over()
    assert (taken.key, taken.attempts, taken.plugin) == (key_of(again), 2, scene.plugins["again"])
    assert scene.effect(again)["owner"] == heir.owner.id
    assert scene.told(again) == [(1, None)], "it is executing still"
    for action in (once, moved, gone):
        assert scene.state(action) is S.UNKNOWN
        assert scene.told(action) == [(1, None), (2, "owner_lost")]
    heir.ledger.record([done(taken)])
    assert scene.told(again) == [(1, None), (2, "succeeded")]


def test_what_was_inherited_is_no_longer_the_dead_ones(scene: Scene) -> None:
    [action] = scene.queued()
    dead, heir = scene.worker(), scene.worker()
    [claimed] = dead.claim()
    dead.die()
    [taken] = heir.take_over()
    dead.ledger.record([done(claimed)])
    dead.ledger.requeue([claimed])
    assert (scene.state(action), scene.told(action)) == (S.INTENDED, [(1, None)])
    heir.ledger.record([done(taken)])
    assert scene.state(action) is S.DONE


def test_an_effect_outlives_only_so_many_owners(scene: Scene) -> None:
    [action] = scene.queued()
    scene.plugin("create_task", max_attempts=3)
    worker = scene.worker()
    [claimed] = worker.claim()
    attempts = [claimed.attempts]
    while scene.state(action) is S.INTENDED:
        worker.die()
        worker = scene.worker()
        attempts += [item.attempts for item in worker.take_over()]
    assert attempts == [1, 2, 3]
    assert scene.state(action) is S.UNKNOWN
    assert scene.told(action) == [(1, None), (2, "owner_lost")]


def test_of_two_heirs_one_inherits(scene: Scene) -> None:
    scene.queued(*[scene.approved() for _ in range(20)])
    dead, heirs = scene.worker(), [scene.worker(), scene.worker()]
    dead.claim()
    dead.die()
    start = threading.Barrier(2)

    def take_over(heir: Worker) -> int:
        start.wait(10)
        return len(heir.take_over())

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(take_over, heirs))
    assert sorted(taken) == [0, 20]


def test_a_session_the_server_ended_for_idleness_is_a_dead_owner(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped process keeps its sockets: only the server can tell that it is gone."""
    [action] = scene.queued()
    monkeypatch.setattr(ownership, "SESSION_TIMEOUT_MS", 100)
    stopped = scene.worker()
    monkeypatch.undo()
    [claimed] = stopped.claim()
    heir = scene.worker()
    wait_until(lambda: heir.take_over(), 5, "the server to end the idle session")
    assert scene.effect(action)["owner"] == heir.owner.id
    with pytest.raises(PassingFault):
        stopped.ledger.record([done(claimed)])
    assert scene.state(action) is S.INTENDED


def test_a_session_is_proven_before_the_server_may_end_it() -> None:
    assert ownership.PROOF_S < ownership.SESSION_TIMEOUT_MS / 1000


def test_an_owner_is_dead_when_its_lock_was_free_for_a_while(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database restarts all owners lose their sessions, and those that live return."""
    [action] = scene.queued()
    clock = Clock()
    monkeypatch.setattr("state.ledger.time.monotonic", clock)
    owner, heir = scene.worker(), scene.worker()
    heir.ledger = PostgresLedger(scene.alone, heir.owner)
    owner.claim()
    owner.die()
    assert heir.take_over() == []
    clock.ahead += DEAD_AFTER_S + 0.1
    owner.ledger.prove()
    assert heir.take_over() == [], "it came back"
    owner.die()
    assert heir.take_over() == [], "the wait begins anew"
    clock.ahead += DEAD_AFTER_S - 0.1
    assert heir.take_over() == []
    clock.ahead += 0.2
    assert [item.key for item in heir.take_over()] == [key_of(action)]


# --- a commit that was not heard of --------------------------------------------------------


def test_what_this_owner_intended_without_knowing_goes_back_to_the_queue(scene: Scene) -> None:
    lost, held = scene.queued(scene.approved(), scene.approved())
    worker = scene.worker()
    claimed = {item.key: item for item in worker.claim()}
    assert worker.take_over(claimed[key_of(held)]) == []
    effect = scene.effect(lost)
    assert (effect["state"], effect["owner"], effect["attempts"]) == (S.QUEUED, None, 0)
    assert scene.approval(lost).consumed_at is None
    assert scene.state(held) is S.INTENDED
    assert scene.approval(held).consumed_at is not None
    assert [item.key for item in worker.claim()] == [key_of(lost)]


def test_a_later_attempt_is_never_given_back_since_an_earlier_one_may_have_worked(
    scene: Scene,
) -> None:
    [action] = scene.queued()
    dead, heir = scene.worker(), scene.worker()
    dead.claim()
    dead.die()
    [taken] = heir.take_over()
    heir.ledger.requeue([taken])
    assert (scene.state(action), scene.effect(action)["attempts"]) == (S.INTENDED, 2)
    assert scene.approval(action).consumed_at is not None
    [again] = heir.take_over()
    assert (again.key, again.attempts) == (taken.key, 2)
    assert heir.take_over(again) == []


def test_a_later_attempt_whose_plugin_is_gone_ends_unknown(scene: Scene) -> None:
    [action] = scene.queued()
    dead, heir = scene.worker(), scene.worker()
    dead.claim()
    dead.die()
    [taken] = heir.take_over()
    scene.plugin("create_task", version="2.0")
    assert heir.take_over(taken) == []
    assert scene.state(action) is S.INTENDED, "its call is under way"
    assert heir.take_over() == []
    assert scene.told(action) == [(1, None), (2, "owner_lost")]


# --- a session that is lost ----------------------------------------------------------------


def test_an_owner_whose_session_was_ended_goes_on_under_the_same_id(scene: Scene) -> None:
    first, second = scene.queued(scene.approved(), scene.approved())
    worker = scene.worker()
    identity = worker.owner.id
    [claimed] = worker.claim(1)
    assert scene.kill_session(worker) == 1
    with pytest.raises(PassingFault):
        worker.ledger.record([done(claimed)])
    assert not proven(worker)
    worker.ledger.record([done(claimed)])
    assert scene.state(first) is S.DONE
    assert [c.key for c in worker.claim()] == [key_of(second)]
    assert (worker.owner.id, scene.effect(second)["owner"]) == (identity, identity)
    assert proven(worker)


def test_what_was_claimed_on_an_earlier_session_is_not_certainly_ours(scene: Scene) -> None:
    scene.queued(scene.approved(), scene.approved())
    worker = scene.worker()
    [before] = worker.claim(1)
    assert worker.owner.holds(before.session)
    scene.kill_session(worker)
    with pytest.raises(PassingFault):
        worker.ledger.prove()
    [after] = worker.claim(1)
    assert not worker.owner.holds(before.session), "it may have been taken over meanwhile"
    assert worker.owner.holds(after.session)


def test_a_session_ended_within_a_claim_leaves_everything_queued(scene: Scene) -> None:
    [action] = scene.queued()
    worker = scene.worker()

    def ended(action: Approved, facts: ClaimFacts) -> ClaimAnswer:
        scene.kill_session(worker)
        return scene.check(action, facts)

    with pytest.raises(PassingFault):
        worker.ledger.claim(1, [], ended)
    assert scene.state(action) is S.QUEUED
    assert scene.approval(action).consumed_at is None
    assert scene.told(action) == []
    assert [c.key for c in worker.claim()] == [key_of(action)]


def test_an_owner_whose_lock_is_taken_waits_for_it(scene: Scene) -> None:
    scene.queued()
    worker = scene.worker()
    with scene.engine.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:id)"), {"id": worker.owner.id})
        with pytest.raises(PassingFault, match="owner_lock"):
            worker.claim()
        assert not proven(worker)
        # A session that owns nothing is not kept.
        wait_until(lambda: scene.sessions(worker) == 0, 5, "its session to end")
        other.execute(text("SELECT pg_advisory_unlock(:id)"), {"id": worker.owner.id})
    assert len(worker.claim()) == 1


# --- how sure an owner is ------------------------------------------------------------------


class Clock:
    """The owner's clock, moved by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._now = time.monotonic

    def __call__(self) -> float:
        return self._now() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("state.ownership._elapsed", clock)
    return clock


def test_ownership_is_proven_for_a_while_after_each_transaction(scene: Scene, clock: Clock) -> None:
    worker = scene.worker()
    assert not proven(worker), "nothing was asked yet"
    for ask in (worker.claim, worker.take_over, worker.ledger.prove):
        ask()
        assert proven(worker)
        clock.ahead += ownership.PROOF_S + 0.1
        assert not proven(worker), "a woken process must not send"
    worker.claim()
    worker.die()
    assert not proven(worker)


def test_the_proof_is_as_old_as_its_question(scene: Scene, clock: Clock) -> None:
    """The answer may have taken long: what it says was true when it was asked."""
    scene.queued()
    worker = scene.worker()

    def slow(action: Approved, facts: ClaimFacts) -> ClaimAnswer:
        clock.ahead += ownership.PROOF_S + 0.1
        return scene.check(action, facts)

    assert len(worker.ledger.claim(1, [], slow)) == 1
    assert not proven(worker)


def test_what_asks_the_server_nothing_proves_nothing(scene: Scene, clock: Clock) -> None:
    worker = scene.worker()
    worker.claim()
    clock.ahead = ownership.PROOF_S + 0.1
    scene.kill_session(worker)
    worker.ledger.record([])
    worker.ledger.requeue([])
    assert not proven(worker)
    with pytest.raises(PassingFault):
        worker.ledger.prove()
    assert not proven(worker)
    worker.ledger.prove()
    assert proven(worker)
