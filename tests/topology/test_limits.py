"""Limits along the chain: chains of harmless actions, overrides, and what is given back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from processors.snapshot import Snapshot
from schemas.events import Assessed
from schemas.names import DecisionType, TenantId, Topic
from schemas.states import State
from schemas.working import LIMITS, RESERVATIONS, ReservationState, Taken
from tests.topology.chain_in_memory import STOCK, TASK, TENANT, Chain, Person

Changed = Callable[..., Snapshot]
ROOMY = {"max_actions_per_hour": 1_000, "max_actions_per_day": 1_000}


@pytest.fixture
def ana() -> Person:
    return Person("ana@example.com")


@pytest.fixture
def gate(chain: Chain, ana: Person) -> Chain:
    """The chain with ana among the approvers."""
    chain.snapshot = replace(chain.snapshot, approvers={ana.kid: ana.approver})
    return chain


def ends(chain: Chain, count: int, **fields: Any) -> list[State | None]:
    return [chain.states(chain.respond(TASK, **fields))[-1] for _ in range(count)]


def codes(chain: Chain) -> list[str]:
    """Of the last assessment's reasons."""
    last = chain.events(Topic.ASSESSED)[-1]
    assert isinstance(last, Assessed)
    return [reason.code for reason in last.reasons]


def used(chain: Chain, scope: str, tenant: str = TENANT) -> list[int]:
    rows = chain.store.rows(LIMITS).values()
    return [row.used for row in rows if (row.tenant_id, row.scope) == (tenant, scope)]


def test_after_ten_harmless_actions_of_one_trace_a_person_looks(
    chain: Chain, changed: Changed
) -> None:
    chain.snapshot = changed(chain.snapshot, **ROOMY)
    assert ends(chain, 11) == [State.SUCCEEDED] * 10 + [State.PENDING_APPROVAL]
    assert codes(chain) == ["trace_budget"]
    assert ends(chain, 1, trace_id="1" * 32) == [State.SUCCEEDED]


def test_actions_of_one_response_count_one_after_another(chain: Chain, changed: Changed) -> None:
    chain.snapshot = changed(chain.snapshot, **ROOMY)
    chain.respond(*[TASK] * 12)
    assert chain.count(Topic.APPROVED) == 10


def test_a_new_hour_has_new_windows(chain: Chain, changed: Changed) -> None:
    chain.snapshot = changed(chain.snapshot, max_actions_per_trace=1)
    assert ends(chain, 2) == [State.SUCCEEDED, State.PENDING_APPROVAL]
    chain.clock.advance(3_600)
    assert ends(chain, 2) == [State.SUCCEEDED, State.PENDING_APPROVAL]


@pytest.mark.parametrize(
    ("fields", "context", "code"),
    [
        ({"max_actions_per_agent": 2}, {"agent_id": "a"}, "agent_budget"),
        ({"max_actions_per_session": 2}, {"session_id": "s"}, "session_budget"),
    ],
)
def test_what_upstream_calls_one_agent_or_session_counts_together(
    chain: Chain, changed: Changed, fields: Any, context: Any, code: str
) -> None:
    chain.snapshot = changed(chain.snapshot, **ROOMY, **fields)
    found = [ends(chain, 1, trace_id=f"{n:032x}", context=context)[0] for n in range(1, 4)]
    assert found == [State.SUCCEEDED] * 2 + [State.PENDING_APPROVAL]
    assert codes(chain) == [code]
    assert ends(chain, 1, trace_id="f" * 32) == [State.SUCCEEDED]


def test_a_resource_touched_again_and_again_needs_a_person(chain: Chain, changed: Changed) -> None:
    known = chain.snapshot.definitions["create_task"]
    named = known.model_copy(update={"resources": ["task:{titulo}"]})
    snapshot = changed(chain.snapshot, **ROOMY, max_touches_per_resource=2)
    definitions = {**snapshot.definitions, "create_task": named}
    chain.snapshot = replace(snapshot, definitions=definitions)
    assert ends(chain, 3) == [State.SUCCEEDED] * 2 + [State.PENDING_APPROVAL]
    assert codes(chain) == ["resource_repeated"]


def test_over_one_window_takes_of_none(chain: Chain, changed: Changed) -> None:
    chain.snapshot = changed(chain.snapshot, **ROOMY, max_actions_per_trace=1)
    ends(chain, 3)
    assert used(chain, "tenant:hour") == [1]
    assert used(chain, "tenant:day") == [1]


def test_what_a_person_lets_run_over_a_limit_has_an_override_and_takes_nothing(
    gate: Chain, ana: Person, changed: Changed
) -> None:
    gate.snapshot = changed(gate.snapshot, max_actions_per_trace=0)
    action = gate.respond(TASK)
    assert codes(gate) == ["trace_budget"]
    assert gate.store.rows(RESERVATIONS)[action, 1].state is ReservationState.NONE
    ana.decide(gate, DecisionType.APPROVE, action)
    row = gate.store.rows(RESERVATIONS)[action, 1]
    assert (row.state, row.windows) == (ReservationState.OVERRIDE, ())
    assert gate.states(action)[-1] is State.SUCCEEDED
    assert {row.used for row in gate.store.rows(LIMITS).values()} == {0}


def test_a_reservation_names_what_it_takes_and_a_rejection_gives_just_that_back(
    gate: Chain, ana: Person
) -> None:
    kept, rejected = gate.respond(STOCK), gate.respond(STOCK)
    row = gate.store.rows(RESERVATIONS)[rejected, 1]
    assert [taken.scope for taken in row.windows][:2] == ["tenant:hour", "tenant:day"]
    assert all(isinstance(taken, Taken) and taken.amount == 1 for taken in row.windows)
    ana.decide(gate, DecisionType.REJECT, rejected)
    ana.decide(gate, DecisionType.REJECT, rejected)
    assert gate.store.rows(RESERVATIONS)[rejected, 1].state is ReservationState.RELEASED
    assert gate.store.rows(RESERVATIONS)[kept, 1].state is ReservationState.RESERVED
    assert {row.used for row in gate.store.rows(LIMITS).values()} == {1}


def test_one_tenant_never_uses_up_what_another_one_has(chain: Chain, changed: Changed) -> None:
    plugin = chain.snapshot.plugins["create_task"]
    slow = plugin.model_copy(update={"max_calls_per_minute": 1})
    snapshot = replace(chain.snapshot, plugins={**chain.snapshot.plugins, "create_task": slow})
    other = TenantId("other")
    known = {"preapproved_action_types": ["create_task"]}
    tenants = {**snapshot.tenants, other: snapshot.tenants[TENANT].model_copy(update=known)}
    chain.snapshot = replace(snapshot, tenants=tenants)
    assert ends(chain, 2) == [State.SUCCEEDED, State.PENDING_APPROVAL]
    assert codes(chain) == ["plugin_limit_minute"]
    assert ends(chain, 2, tenant_id=other) == [State.SUCCEEDED, State.PENDING_APPROVAL]
    assert used(chain, "plugin:create_task:minute") == [1]
    assert used(chain, "plugin:create_task:minute", other) == [1]
