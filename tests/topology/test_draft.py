"""What a model writes becomes actions that go through the whole chain, and nothing else does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import JsonValue

from processors.repeats import WINDOW
from schemas.events import Drafted, StateChanged
from schemas.names import DecisionType, RiskLevel, TenantId, Topic
from schemas.settings import Flag
from schemas.states import State
from tests.outputs import FORMATS, NOTHING, PARAMS
from tests.topology.chain_in_memory import TASK, Chain, Person


def drafted(chain: Chain) -> list[Drafted]:
    return [event for event in chain.events(Topic.DRAFTED) if isinstance(event, Drafted)]


def invalid(chain: Chain) -> list[StateChanged]:
    return [change for change in chain.changes if change.state is State.INVALID]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_becomes_an_action_that_goes_through_the_chain(
    chain: Chain, name: str
) -> None:
    output, source = FORMATS[name]
    action = chain.respond(output=output)
    [event] = drafted(chain)
    assert (event.tool, event.params, event.source) == ("create_task", PARAMS, source)
    assert event.tool_version == "1.0.0"
    assert chain.states(action)[:2] == [State.DRAFTED, State.PENDING_APPROVAL]


@pytest.mark.parametrize("name", NOTHING)
def test_what_only_talks_about_calls_is_nothing(chain: Chain, name: str) -> None:
    chain.respond(output=NOTHING[name])
    assert (drafted(chain), chain.changes) == ([], [])


# --- names ---------------------------------------------------------------------------------


def test_a_close_name_never_runs_and_is_suggested(chain: Chain) -> None:
    action = chain.respond({**TASK, "action_type": "createTask"})
    assert chain.states(action) == [State.DRAFTED, State.MANUAL]
    [error] = [error for change in chain.changes for error in change.errors]
    assert (error.code, error.expected) == ("tool_unknown", "create_task")


def test_candidates_are_tried_in_order_when_the_catalog_lacks_the_name(chain: Chain) -> None:
    chain.respond({**TASK, "action_type": "nothing_like_it"}, tool_candidates=["no", "create_task"])
    [event] = drafted(chain)
    assert (event.tool, event.degraded_from) == ("create_task", "nothing_like_it")


def test_without_the_router_only_literal_names_count(chain: Chain) -> None:
    off = {"react-action-router": Flag(enabled=False)}
    chain.snapshot = replace(chain.snapshot, flags=off)
    action = chain.respond({**TASK, "action_type": "nothing"}, tool_candidates=["create_task"])
    assert chain.states(action) == [State.DRAFTED, State.MANUAL]


def with_two_versions(chain: Chain) -> None:
    """Version 2 is in force and grave; version 1, still offered, is mild."""
    old = chain.snapshot.plugins["create_task"]
    new = old.model_copy(update={"version": "2.0.0", "risk_label": RiskLevel.HIGH})
    plugins = {**chain.snapshot.plugins, "create_task": new, "create_task@1.0.0": old}
    chain.snapshot = replace(chain.snapshot, plugins=plugins)


@pytest.mark.parametrize(
    ("name", "candidates"),
    [("create_task@1", []), ("create_task@1.0.0", []), ("nothing", ["create_task@1"])],
)
def test_nobody_but_who_configures_chooses_a_version(
    chain: Chain, name: str, candidates: list[str]
) -> None:
    with_two_versions(chain)
    action = chain.respond({**TASK, "action_type": name}, tool_candidates=candidates)
    assert chain.states(action) == [State.DRAFTED, State.MANUAL]


def test_a_range_may_confirm_the_version_in_force(chain: Chain) -> None:
    with_two_versions(chain)
    chain.respond(
        {**TASK, "action_type": "nothing"}, tool_candidates=["create_task@1", "create_task@^2"]
    )
    assert [event.tool_version for event in drafted(chain)] == ["2.0.0"]


def test_what_a_candidate_stands_in_for_needs_a_person(chain: Chain) -> None:
    action = chain.respond(
        {**TASK, "action_type": "delete_customer"}, tool_candidates=["create_task"]
    )
    assert chain.states(action) == [State.DRAFTED, State.PENDING_APPROVAL]


def test_another_tenants_tool_is_as_good_as_none(chain: Chain) -> None:
    theirs = chain.snapshot.plugins["create_task"].model_copy(
        update={"tool": "acme_task", "aliases": ["task"], "tenants": ["acme"]}
    )
    plugins = {"acme_task": theirs, **chain.snapshot.plugins}
    chain.snapshot = replace(chain.snapshot, plugins=plugins, tools={"task": "acme_task"})
    for name in ("acme_task", "task"):
        unlike: JsonValue = {**TASK, "action_type": name, "parameters": {"x": 1}}
        action = chain.respond(unlike)
        assert chain.states(action) == [State.DRAFTED, State.MANUAL]
    assert not invalid(chain)
    assert "acme" not in " ".join(e.text for change in chain.changes for e in change.errors)
    ours = chain.respond(
        {**TASK, "action_type": "nothing"}, tool_candidates=["acme_task", "create_task"]
    )
    assert chain.states(ours)[:1] == [State.DRAFTED]
    assert drafted(chain)[-1].tool == "create_task"


def test_a_types_tool_of_others_is_passed_over(chain: Chain) -> None:
    theirs = chain.snapshot.plugins["create_task"].model_copy(
        update={"tool": "remote_task", "tenants": []}
    )
    definition = chain.snapshot.definitions["create_task"].model_copy(
        update={"tools": ["remote_task", "create_task"]}
    )
    chain.snapshot = replace(
        chain.snapshot,
        plugins={"remote_task": theirs, **chain.snapshot.plugins},
        definitions={**chain.snapshot.definitions, "create_task": definition},
    )
    chain.respond(TASK)
    assert [event.tool for event in drafted(chain)] == ["create_task"]


def test_an_alias_that_others_claim_too_is_still_ours(chain: Chain) -> None:
    ours = chain.snapshot.plugins["create_task"].model_copy(update={"aliases": ["task"]})
    theirs = ours.model_copy(update={"tool": "acme_task", "tenants": ["acme"]})
    plugins = {**chain.snapshot.plugins, "create_task": ours, "acme_task": theirs}
    chain.snapshot = replace(chain.snapshot, plugins=plugins, tools={"task": None})
    chain.respond({**TASK, "action_type": "task"})
    assert [event.tool for event in drafted(chain)] == ["create_task"]


# --- what is wrong is said -----------------------------------------------------------------


def test_the_same_invalid_proposal_again_is_told_as_repeated(chain: Chain) -> None:
    wrong: JsonValue = {**TASK, "parameters": {"titulo": 3}}
    other: JsonValue = {**TASK, "parameters": {"titulo": 4}}
    chain.respond(wrong, wrong)
    chain.respond(other)
    chain.respond(wrong)
    assert [change.repeats for change in invalid(chain)] == [0, 1, 0, 2]
    chain.clock.advance(WINDOW.total_seconds() + 1)
    chain.respond(wrong)
    assert invalid(chain)[-1].repeats == 0


def test_another_tenants_proposal_is_no_repetition(chain: Chain) -> None:
    wrong: JsonValue = {**TASK, "parameters": {"titulo": 3}}
    chain.respond(wrong)
    chain.respond(wrong, tenant_id=TenantId("acme"))
    assert [change.repeats for change in invalid(chain)] == [0, 0]


def test_an_unreadable_output_again_is_repeated_too(chain: Chain) -> None:
    for _ in range(2):
        chain.respond(output={"actions": 5})
    assert [change.repeats for change in invalid(chain)] == [0, 1]


def test_errors_come_back_with_the_state_change(chain: Chain) -> None:
    chain.respond({**TASK, "parameters": {**PARAMS, "prioridad": "ALTA"}})
    [change] = invalid(chain)
    [error] = change.errors
    assert (error.pointer, error.rule, error.given) == ("/prioridad", "enum", '"ALTA"')


def test_one_invalid_action_does_not_take_the_others_with_it(chain: Chain) -> None:
    long: JsonValue = {f"{number}{'x' * 9_000}": 1 for number in range(10)}
    chain.respond({**TASK, "parameters": long}, TASK)
    assert [event.params for event in drafted(chain)] == [TASK["parameters"]]
    [change] = invalid(chain)
    assert all(len(error.pointer) <= 500 for error in change.errors)


def test_a_provider_object_that_says_the_same_again_is_repeated(chain: Chain) -> None:
    for number in range(2):
        chain.respond(output={"id": f"msg_{number}", "actions": 5})
    assert [change.repeats for change in invalid(chain)] == [0, 1]


# --- traces and times ----------------------------------------------------------------------


def test_an_action_without_a_trace_halts_until_somebody_supplies_it(chain: Chain) -> None:
    ana = Person("ana@example.com")
    chain.snapshot = replace(chain.snapshot, approvers={ana.kid: ana.approver})
    action = chain.respond(TASK, trace_id=None)
    assert chain.states(action) == [State.DRAFTED, State.HALTED]
    trace = "0af7651916cd43dd8448eb211c80319c"
    ana.decide(chain, DecisionType.RESOLVE, action, params={"trace_id": trace})
    assert chain.answers() == [("applied", "applied")]
    assert chain.states(action) == [
        State.DRAFTED,
        State.HALTED,
        State.SUPERSEDED,
        State.DRAFTED,
        # The trace is one person's word.
        State.PENDING_APPROVAL,
    ]
    assert [event.trace_id for event in drafted(chain)] == [None, trace]


def test_a_time_in_bounds_is_kept_and_others_are_refused(chain: Chain) -> None:
    now = chain.clock()
    for ahead in (timedelta(hours=1), timedelta(days=31)):
        chain.respond({**TASK, "not_before": (now + ahead).isoformat()})
    chain.respond({**TASK, "not_before": "mañana"})
    [event] = drafted(chain)
    assert event.not_before == now + timedelta(hours=1)
    codes = [change.reason.code for change in invalid(chain) if change.reason]
    assert codes == ["not_before_too_far", "not_before_unreadable"]
