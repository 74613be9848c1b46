"""A type's first time for a tenant needs a person; what happened to it is known afterwards."""

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle

import pytest
from pydantic import JsonValue

from processors.effects import Answered, CallOutcome, Refused, Unclear
from processors.history import after, key_of
from processors.snapshot import Snapshot
from schemas.events import Assessed, Executed
from schemas.names import ActionId, DecisionType, Topic
from schemas.states import State
from schemas.working import HISTORIES, HistoryKey, HistoryRow
from tests.topology.chain_in_memory import TASK, TENANT, Chain, Person

KEY: HistoryKey = (TENANT, "create_task")
NOTICE: dict[str, JsonValue] = {
    "action_type": "send_notification",
    "parameters": {"titulo": "Alerta", "mensaje": "Anomalía"},
    "confidence": 0.95,
}


@pytest.fixture
def ana() -> Person:
    return Person("ana@example.com")


@pytest.fixture
def fresh(chain: Chain, snapshot: Snapshot, ana: Person) -> Chain:
    """Nothing has run yet, and Ana may decide."""
    chain.store.rows(HISTORIES).clear()
    chain.snapshot = replace(snapshot, approvers={ana.kid: ana.approver})
    return chain


def codes(chain: Chain) -> list[str]:
    event = chain.events(Topic.ASSESSED)[-1]
    assert isinstance(event, Assessed)
    return [reason.code for reason in event.reasons]


def folded(chain: Chain) -> dict[HistoryKey, HistoryRow]:
    """The table made again from the log alone."""
    rows: dict[HistoryKey, HistoryRow] = {}
    for event in chain.events(Topic.EXECUTED):
        assert isinstance(event, Executed)
        key = key_of(event)
        rows[key] = after(rows.get(key) or HistoryRow(*key), event)
    return rows


def approved_once(chain: Chain, person: Person) -> ActionId:
    action = chain.respond(TASK)
    person.decide(chain, DecisionType.APPROVE, action)
    return action


def test_the_first_of_a_type_waits_for_a_person_and_the_next_runs_by_itself(
    fresh: Chain, ana: Person
) -> None:
    first = fresh.respond(TASK)
    assert fresh.states(first)[-1] is State.PENDING_APPROVAL
    assert codes(fresh) == ["first_time"]
    ana.decide(fresh, DecisionType.APPROVE, first)
    assert fresh.states(first)[-1] is State.SUCCEEDED
    second = fresh.respond(TASK)
    assert fresh.states(second)[-1] is State.SUCCEEDED
    assert codes(fresh) == []


def test_another_type_has_its_own_first_time(fresh: Chain, ana: Person) -> None:
    approved_once(fresh, ana)
    assert fresh.states(fresh.respond(NOTICE))[-1] is State.PENDING_APPROVAL
    assert codes(fresh) == ["first_time"]


def test_a_type_pre_approved_by_name_runs_from_the_first_on(
    fresh: Chain, changed: Callable[..., Snapshot]
) -> None:
    fresh.snapshot = changed(fresh.snapshot, preapproved_action_types=["create_task"])
    assert fresh.states(fresh.respond(TASK))[-1] is State.SUCCEEDED
    event = fresh.events(Topic.ASSESSED)[-1]
    assert isinstance(event, Assessed)
    assert event.facts.first_time is True


@pytest.mark.parametrize("outcome", [Refused("http_404", "no"), Unclear("http_500", "perhaps")])
def test_a_failure_does_not_make_a_type_known(
    fresh: Chain, ana: Person, outcome: CallOutcome
) -> None:
    fresh.caller.tool = lambda claimed: outcome
    approved_once(fresh, ana)
    assert fresh.states(fresh.respond(TASK))[-1] is State.PENDING_APPROVAL
    event = fresh.events(Topic.ASSESSED)[-1]
    assert isinstance(event, Assessed)
    assert event.facts.first_time is True
    assert event.facts.history == {"recent_failures": 1, "typical_ms": None, "successes": 0}
    assert "failed" in {part.name for part in event.impact.parts}


def test_a_rejection_does_not_make_a_type_known(fresh: Chain, ana: Person) -> None:
    ana.decide(fresh, DecisionType.REJECT, fresh.respond(TASK))
    assert fresh.states(fresh.respond(TASK))[-1] is State.PENDING_APPROVAL


def test_how_long_it_takes_is_told_from_the_second_on(fresh: Chain, ana: Person) -> None:
    def slow(claimed: object) -> CallOutcome:
        fresh.clock.advance(1.5)
        return Answered({"ok": True})

    fresh.caller.tool = slow
    approved_once(fresh, ana)
    fresh.respond(TASK)
    event = fresh.events(Topic.ASSESSED)[-1]
    assert isinstance(event, Assessed)
    assert event.impact.estimated_duration_ms == 1_500


def test_another_tenants_past_says_nothing(fresh: Chain, ana: Person) -> None:
    tenants = {**fresh.snapshot.tenants, "other": fresh.snapshot.tenants["demo"]}
    fresh.snapshot = replace(fresh.snapshot, tenants=tenants)
    approved_once(fresh, ana)
    assert fresh.states(fresh.respond(TASK, tenant_id="other"))[-1] is State.PENDING_APPROVAL


def test_an_ending_told_again_counts_once(fresh: Chain, ana: Person) -> None:
    approved_once(fresh, ana)
    before = fresh.store.rows(HISTORIES)[KEY]
    assert before.succeeded == 1
    # The reporter died before it noted what it had published: the same reports once more.
    for record in list(fresh.logs[Topic.REPORTS.value]):
        fresh.pipe(Topic.REPORTS.value, record.value, record.key, record.headers)
    # And settle died between its two transactions: its input once more.
    fresh.rewind("settle", Topic.REPORTS)
    fresh.run()
    assert fresh.store.rows(HISTORIES)[KEY] == before


def test_the_table_can_be_made_again_from_the_log(fresh: Chain, ana: Person) -> None:
    kinds: list[CallOutcome] = [Answered({}), Refused("http_404", "no"), Unclear("http_500", "?")]
    outcomes = cycle(kinds)
    fresh.caller.tool = lambda claimed: next(outcomes)
    approved_once(fresh, ana)
    for _ in range(4):
        fresh.clock.advance(60)
        fresh.respond(TASK, TASK)
    rows = fresh.store.rows(HISTORIES)
    assert rows == folded(fresh)
    assert rows[KEY].succeeded == 3
    assert len(rows[KEY].failed_at) == 6


def test_every_verdict_saw_what_was_committed_before_it(fresh: Chain, ana: Person) -> None:
    """The successes a verdict tells are a prefix of those on the log: never one too many."""
    approved_once(fresh, ana)
    fresh.respond(TASK, TASK, TASK)
    fresh.respond(TASK)
    seen = [
        (event.facts.history or {}).get("successes")
        for event in fresh.events(Topic.ASSESSED)
        if isinstance(event, Assessed)
    ]
    assert seen == [0, 1, 1, 1, 4]
