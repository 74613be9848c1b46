"""The chain in memory, from a model's output to what everyone is told."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from processors.effects import CallOutcome, Refused, Unclear
from processors.snapshot import Snapshot
from schemas.codec import encode_json
from schemas.events import Approved, Assessed, Executed
from schemas.names import DecisionType, SafetyMode, Topic
from schemas.settings import Flag, Freeze
from schemas.states import State
from schemas.working import LIMITS
from tests.topology.chain_in_memory import STOCK, TASK, TENANT, Chain, Person

RAN = [State.DRAFTED, State.AUTO_APPROVED, State.EXECUTING, State.SUCCEEDED]
APPROVED_AND_RAN = [
    State.DRAFTED,
    State.PENDING_APPROVAL,
    State.APPROVED,
    State.EXECUTING,
    State.SUCCEEDED,
]


@pytest.fixture
def ana() -> Person:
    return Person("ana@example.com")


@pytest.fixture
def gate(chain: Chain, ana: Person) -> Chain:
    """The chain with ana among the approvers."""
    chain.snapshot = replace(chain.snapshot, approvers={ana.kid: ana.approver})
    return chain


def reasons(chain: Chain) -> list[str]:
    [assessed] = chain.events(Topic.ASSESSED)
    assert isinstance(assessed, Assessed)
    return [reason.code for reason in assessed.reasons]


def test_a_safe_action_runs_by_itself(chain: Chain) -> None:
    action = chain.respond(TASK)
    assert chain.states(action) == RAN
    [executed] = chain.events(Topic.EXECUTED)
    assert isinstance(executed, Executed)
    assert executed.result == {"ok": True}
    assert executed.facts.settings_version == 41


def test_a_response_sent_twice_makes_one_set_of_actions(chain: Chain) -> None:
    for _ in range(2):
        chain.respond(TASK, response_id="r1")
    assert chain.count(Topic.DRAFTED) == 1
    assert chain.count(Topic.EXECUTED) == 1


def test_the_same_response_id_with_other_content_is_invalid(chain: Chain) -> None:
    first = chain.respond(TASK, response_id="r1")
    chain.respond(STOCK, response_id="r1")
    assert chain.states(first) == RAN
    last = chain.changes[-1]
    assert (last.state, last.action_id) == (State.INVALID, None)
    assert last.reason is not None
    assert last.reason.code == "response_id_reused"


def test_an_offset_reset_emits_the_same_ids_and_readers_ignore_them(chain: Chain) -> None:
    action = chain.respond(TASK)
    drafted = [dict(r.headers)["ce_id"] for r in chain.logs[Topic.DRAFTED]]
    executed = chain.count(Topic.EXECUTED)
    chain.rewind("draft", Topic.RESPONSES)
    chain.run()
    again = [dict(r.headers)["ce_id"] for r in chain.logs[Topic.DRAFTED]]
    assert again == drafted * 2
    assert chain.count(Topic.EXECUTED) == executed
    assert chain.states(action)[-1] is State.SUCCEEDED


@pytest.mark.parametrize("stage", ["draft", "assess", "approve", "settle", "observe"])
def test_a_crash_between_the_two_transactions_changes_nothing(chain: Chain, stage: str) -> None:
    """The stage decides and dies before it writes; what it finds again it emits as recorded."""
    original = chain.decide
    crashed: list[str] = []

    def decide_and_die(name: str, batch: Any) -> Any:
        emissions = original(name, batch)
        if name == stage and not crashed:
            crashed.append(name)
            raise KeyboardInterrupt
        return emissions

    chain.decide = decide_and_die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        chain.respond(TASK, response_id="r1")
    chain.run()
    [executed] = chain.events(Topic.EXECUTED)
    assert isinstance(executed, Executed)
    assert chain.states(executed.action_id) == RAN
    assert len(chain.changes) == len(RAN)


def test_invalid_parameters_say_where_and_why(chain: Chain) -> None:
    action = chain.respond({**TASK, "parameters": {"titulo": "x", "prioridad": "whenever"}})
    [change] = chain.changes
    assert (change.state, change.action_id) == (State.INVALID, action)
    assert "/prioridad" in [error.pointer for error in change.errors]
    assert chain.count(Topic.DRAFTED) == 0


@pytest.mark.parametrize("text", ["a\x00b"])
def test_nul_in_a_parameter_is_invalid(chain: Chain, text: str) -> None:
    chain.respond({**TASK, "parameters": {"titulo": text, "descripcion": "d", "prioridad": "alta"}})
    [change] = chain.changes
    assert [error.code for error in change.errors] == ["unsupported_character"]


def test_an_unknown_tool_is_left_to_a_person(chain: Chain) -> None:
    action = chain.respond({"action_type": "launch_rocket", "parameters": {}, "confidence": 1})
    assert chain.states(action) == [State.DRAFTED, State.MANUAL]


def test_without_a_trace_the_loop_is_broken(chain: Chain) -> None:
    action = chain.respond(TASK, trace_id=None)
    assert chain.states(action) == [State.DRAFTED, State.HALTED]


def test_a_traceparent_header_is_a_trace(chain: Chain) -> None:
    body = {"response_id": "r", "tenant_id": TENANT, "output": {"actions": [TASK]}}
    trace = "0af7651916cd43dd8448eb211c80319c"
    header = ("traceparent", f"00-{trace}-b7ad6b7169203331-01".encode())
    chain.pipe(Topic.RESPONSES, orjson.dumps(body), TENANT.encode(), (header,))
    assert chain.changes[-1].state is State.SUCCEEDED
    assert chain.changes[-1].trace_id == trace


def test_an_unknown_tenant_needs_approval(chain: Chain) -> None:
    action = chain.respond(TASK, tenant_id="nobody")
    assert chain.states(action) == [State.DRAFTED, State.PENDING_APPROVAL]
    assert "tenant_unknown" in reasons(chain)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"automation_enabled": False}, "automation_off"),
        ({"approval_required": True}, "approval_required"),
        ({"auto_approval_threshold": 0.96}, "below_threshold"),
        ({"canary_percentage": 0.0}, "outside_canary"),
        ({"safety_mode": SafetyMode.STRICT}, "not_safe_enough"),
        ({"max_actions_per_hour": 0}, "limit_hour"),
        ({"max_actions_per_day": 0}, "limit_day"),
    ],
)
def test_each_setting_alone_brings_a_person_in(
    chain: Chain, changed: Any, fields: dict[str, Any], code: str
) -> None:
    chain.snapshot = changed(chain.snapshot, **fields)
    action = chain.respond(TASK)
    assert chain.states(action)[-1] is State.PENDING_APPROVAL
    assert reasons(chain) == [code]


def test_a_type_that_is_not_listed_is_denied(chain: Chain, changed: Any) -> None:
    chain.snapshot = changed(chain.snapshot, allowed_action_types=["send_notification"])
    assert chain.states(chain.respond(TASK)) == [State.DRAFTED, State.DENIED]


def test_upstream_can_raise_risk_and_never_lower_it(chain: Chain) -> None:
    raised = chain.respond(TASK, risk_level="critical")
    assert chain.states(raised)[-1] is State.PENDING_APPROVAL
    kept = chain.respond(STOCK, risk_level="low")
    assert chain.states(kept)[-1] is State.PENDING_APPROVAL


def test_limits_admit_no_more_than_they_say(chain: Chain, changed: Any) -> None:
    chain.snapshot = changed(chain.snapshot, max_actions_per_hour=3)
    ends = [chain.states(chain.respond(TASK))[-1] for _ in range(5)]
    assert ends == [State.SUCCEEDED] * 3 + [State.PENDING_APPROVAL] * 2


def test_limits_hold_within_one_batch(chain: Chain, changed: Any) -> None:
    chain.snapshot = changed(chain.snapshot, max_actions_per_hour=3)
    chain.respond(*[TASK] * 5)
    approved = [e for e in chain.events(Topic.APPROVED) if isinstance(e, Approved)]
    assert len(approved) == 3


def test_a_person_approves_what_was_seen(gate: Chain, ana: Person) -> None:
    action = gate.respond(STOCK)
    ana.decide(gate, DecisionType.APPROVE, action)
    assert gate.states(action) == APPROVED_AND_RAN
    assert gate.answers() == [("applied", "applied")]
    [approved] = gate.events(Topic.APPROVED)
    assert isinstance(approved, Approved)
    assert approved.approval.by == ["ana@example.com"]


def test_a_rejection_gives_the_place_in_the_limits_back(gate: Chain, ana: Person) -> None:
    action = gate.respond(STOCK)
    ana.decide(gate, DecisionType.REJECT, action)
    assert gate.states(action)[-1] is State.REJECTED
    assert gate.count(Topic.APPROVED) == 0
    assert {row.used for row in gate.store.rows(LIMITS).values()} == {0}


def test_an_approval_over_the_limit_overrides_it(gate: Chain, ana: Person, changed: Any) -> None:
    gate.snapshot = changed(gate.snapshot, max_actions_per_hour=0)
    action = gate.respond(TASK)
    ana.decide(gate, DecisionType.APPROVE, action)
    assert gate.states(action) == APPROVED_AND_RAN


def test_a_decision_before_its_action_waits_for_it(gate: Chain, ana: Person) -> None:
    other = Chain.respond
    probe = Chain(gate_settings(gate), gate.snapshot)
    action = other(probe, STOCK, response_id="early")
    decision = ana.decision(probe, DecisionType.APPROVE, action)
    gate.pipe(Topic.DECISIONS, encode_json(decision), TENANT.encode())
    assert gate.answers() == []
    gate.respond(STOCK, response_id="early")
    assert gate.states(action) == APPROVED_AND_RAN
    assert gate.answers() == [("applied", "applied")]


def gate_settings(chain: Chain) -> Any:
    return chain.settings


@pytest.mark.parametrize("field", ["params_hash"])
def test_an_approval_of_other_parameters_is_stale(gate: Chain, ana: Person, field: str) -> None:
    action = gate.respond(STOCK)
    ana.decide(gate, DecisionType.APPROVE, action, **{field: "0" * 64})
    ana.decide(gate, DecisionType.APPROVE, action, **{field: None})
    assert [answer for answer, _ in gate.answers()] == ["stale", "stale"]
    assert gate.states(action)[-1] is State.PENDING_APPROVAL


def test_a_late_decision_is_told_the_final_state(gate: Chain, ana: Person) -> None:
    action = gate.respond(TASK)
    ana.decide(gate, DecisionType.REJECT, action)
    assert gate.answers() == [("late", "already_decided")]
    assert gate.changes[-1].state is State.SUCCEEDED


def test_a_decision_sent_twice_is_answered_once(gate: Chain, ana: Person) -> None:
    action = gate.respond(STOCK)
    decision = encode_json(ana.decision(gate, DecisionType.APPROVE, action))
    for _ in range(2):
        gate.pipe(Topic.DECISIONS, decision, TENANT.encode())
    assert gate.answers() == [("applied", "applied")]
    assert gate.count(Topic.APPROVED) == 1


def test_the_requester_cannot_approve_its_own_action(gate: Chain, ana: Person) -> None:
    action = gate.respond(STOCK, user_ctx={"user_id": ana.actor})
    ana.decide(gate, DecisionType.APPROVE, action)
    assert gate.answers() == [("not_allowed", "requester_may_not_approve")]
    assert gate.states(action)[-1] is State.PENDING_APPROVAL


def test_a_stranger_is_answered_by_nobody(gate: Chain, ana: Person) -> None:
    action = gate.respond(STOCK)
    Person("mallory").decide(gate, DecisionType.APPROVE, action)
    Person("eve", tenants=["other"]).decide(gate, DecisionType.APPROVE, action)
    assert gate.answers() == []
    codes = [
        dict(r.headers)["__streams.errors.exception"] for r in gate.dead_letters(Topic.DECISIONS)
    ]
    assert codes == [b"key_unknown", b"key_unknown"]
    assert gate.states(action)[-1] is State.PENDING_APPROVAL


def test_an_approver_of_another_tenant_cannot_name_our_action(gate: Chain, ana: Person) -> None:
    eve = Person("eve", tenants=["other"])
    gate.snapshot = replace(
        gate.snapshot, approvers={**gate.snapshot.approvers, eve.kid: eve.approver}
    )
    action = gate.respond(STOCK)
    eve.decide(gate, DecisionType.APPROVE, action)
    eve.decide(gate, DecisionType.APPROVE, action, tenant_id="other")
    codes = [
        dict(r.headers)["__streams.errors.exception"] for r in gate.dead_letters(Topic.DECISIONS)
    ]
    assert codes == [b"tenant_foreign", b"tenant_foreign"]
    assert gate.states(action)[-1] is State.PENDING_APPROVAL


def test_a_freeze_defers_the_claim_until_it_is_lifted(chain: Chain) -> None:
    free = chain.snapshot
    chain.snapshot = replace(free, freezes={"all": Freeze(tool="create_task")})
    action = chain.respond(TASK)
    assert chain.states(action) == [State.DRAFTED, State.AUTO_APPROVED]
    chain.snapshot = free
    chain.run()
    assert chain.states(action) == RAN


def test_automation_switched_off_before_the_claim_skips_it(chain: Chain, changed: Any) -> None:
    on = chain.snapshot
    chain.snapshot = replace(on, freezes={"all": Freeze()})
    action = chain.respond(TASK)
    chain.snapshot = changed(on, automation_enabled=False)
    chain.run()
    assert chain.states(action) == [State.DRAFTED, State.AUTO_APPROVED, State.SKIPPED]
    assert {row.used for row in chain.store.rows(LIMITS).values()} == {0}


def test_an_approval_outlives_its_time(chain: Chain) -> None:
    free = chain.snapshot
    chain.snapshot = replace(free, freezes={"all": Freeze()})
    action = chain.respond(TASK)
    chain.clock.advance(3_601)
    chain.snapshot = free
    chain.run()
    assert chain.states(action)[-1] is State.SKIPPED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Refused("http_422", "no"), State.FAILED),
        (Unclear("timeout", "no answer"), State.OUTCOME_UNKNOWN),
    ],
)
def test_how_a_call_ends_is_told(chain: Chain, outcome: CallOutcome, state: State) -> None:
    chain.caller.tool = lambda claimed: outcome
    action = chain.respond(TASK)
    assert chain.states(action)[-1] is state
    last = chain.changes[-1]
    assert last.failure_reason is not None
    assert last.failure_reason.code in ("http_422", "timeout")


def test_every_stage_writes_only_where_the_pipeline_says(gate: Chain, ana: Person) -> None:
    from interlock.pipeline import PIPELINE

    action = gate.respond(STOCK, TASK)
    ana.decide(gate, DecisionType.APPROVE, action)
    gate.pipe(Topic.RESPONSES, b"not json", b"x")
    for topic, records in gate.logs.items():
        for record in records:
            headers = dict(record.headers)
            source = headers.get("ce_source", b"").decode().removeprefix("/interlock/")
            if source in PIPELINE and not topic.endswith(".dlq"):
                assert Topic(topic) in PIPELINE[source].writes


def test_snapshot_is_shared_by_all(snapshot: Snapshot) -> None:
    assert snapshot.resolve("create_task")[1] is snapshot.plugins["create_task"]


def test_with_approvals_off_what_a_person_approves_waits_until_they_are_on_again(
    gate: Chain, ana: Person
) -> None:
    off = {"agent-action-approval": Flag(enabled=False)}
    gate.snapshot = replace(gate.snapshot, flags=off)
    action = gate.respond(TASK)
    assert reasons(gate) == ["approvals_disabled"]
    assert gate.states(action)[-1] is State.PENDING_APPROVAL
    ana.decide(gate, DecisionType.APPROVE, action)
    assert gate.states(action)[-1] is State.APPROVED
    assert gate.count(Topic.EXECUTED) == 0
    gate.snapshot = replace(gate.snapshot, flags={})
    gate.run()
    assert gate.states(action) == APPROVED_AND_RAN
