"""Who meets whom at the gate: every (gate, decision) pair of `processors.approve`."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from interlock.keys import new_key, public_jwk
from processors.approve import (
    MOST_WAITING,
    MOVES,
    ApproveFacts,
    Move,
    Share,
    Step,
    process,
)
from processors.signatures import signed_decision
from schemas.codec import encode
from schemas.events import (
    ApprovalPlan,
    ApprovalStage,
    Approved,
    Assessed,
    Decision,
    Drafted,
    Executed,
    StateChanged,
    UserContext,
)
from schemas.names import DecisionType, ExecutionStatus, TenantId, Topic, Verdict
from schemas.output import Refusal
from schemas.sequence import Rank, sequence
from schemas.settings import Approver
from schemas.states import FINAL, State
from schemas.working import ApprovalRow, Gate
from tests.stories import ACME, START, Story

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "approvals.md"

VALIDITY = timedelta(hours=1)
NOW = START + timedelta(minutes=5)
KEY: OKPKey = new_key("ana")
ANA = Approver(
    public_key=public_jwk(KEY), actor="ana@example.com", tenants=[ACME], roles=["approver"]
)
STORY = Story()
ASSESSED = STORY.assessed(STORY.drafted(), Verdict.NEEDS_APPROVAL)
RESERVED = ASSESSED.model_copy(update={"limits": {"reserved": True}})
EXECUTED = STORY.executed(STORY.approved(ASSESSED, by=[ANA.actor]), ExecutionStatus.SUCCEEDED)


def row(gate: Gate, assessed: Assessed = ASSESSED, **fields: Any) -> ApprovalRow:
    """The row of an action that stands at `gate`."""
    key = (assessed.action_id, assessed.revision)
    if gate is Gate.UNSEEN:
        return ApprovalRow(*key, **fields)
    values: dict[str, Any] = {
        "tenant_id": assessed.tenant_id,
        "gate": gate,
        "step": 1,
        "params_hash": assessed.params_hash,
        "assessed": encode(assessed),
        "ended": ExecutionStatus.SUCCEEDED.value if gate is Gate.CLOSED else None,
        **fields,
    }
    return ApprovalRow(*key, **values)


def decision(kind: DecisionType, **fields: Any) -> Decision:
    """Ana's signed decision on the action."""
    values: dict[str, Any] = {
        "decision_id": "d-1",
        "type": kind,
        "tenant_id": ACME,
        "action_id": ASSESSED.action_id,
        "revision": 1,
        "params_hash": ASSESSED.params_hash,
        "actor": ANA.actor,
        "at": NOW,
        **fields,
    }
    return signed_decision(Decision(**values), KEY)


def facts(at: ApprovalRow, approver: Approver = ANA) -> ApproveFacts:
    return ApproveFacts(at, {"ana": approver}, NOW, VALIDITY)


def step(event: Assessed | Decision | Executed, at: ApprovalRow, approver: Approver = ANA) -> Step:
    result = process(event, facts(at, approver))
    assert isinstance(result, Step)
    return result


def refusal(event: Decision, at: ApprovalRow, approver: Approver = ANA) -> str | None:
    """The code of a decision that is answered by nobody."""
    result = process(event, facts(at, approver))
    return result.code if isinstance(result, Refusal) else None


def answers(step: Step) -> list[StateChanged]:
    """What deciders were told."""
    events = [output.event for output in step.outputs]
    return [e for e in events if isinstance(e, StateChanged) and e.kind == "answer"]


def said(step: Step) -> tuple[str | None, str | None]:
    """(answer, reason code) of the one answer."""
    [told] = answers(step)
    assert told.reason is not None
    return told.answer, told.reason.code


def transitions(step: Step) -> list[State | None]:
    events = [output.event for output in step.outputs]
    return [e.state for e in events if isinstance(e, StateChanged) and e.kind == "transition"]


PAIRS = list(product(Gate, DecisionType))
VOTES = (DecisionType.APPROVE, DecisionType.REJECT)


@pytest.mark.parametrize(("gate", "kind"), PAIRS, ids=[f"{g}-{k}" for g, k in PAIRS])
def test_every_decision_is_answered_once_or_waits(gate: Gate, kind: DecisionType) -> None:
    before = row(gate)
    after = step(decision(kind), before)
    move = MOVES.get((gate, kind), Move.UNSUPPORTED)
    if move is Move.WAIT:
        assert (answers(after), after.outputs) == ([], [])
        assert after.row == replace(before, inbox=(encode(decision(kind)),))
        return
    if move is Move.RESUME:
        assert said(after) == ("not_allowed", "trace_malformed"), "this one supplies no trace"
        return
    [told] = answers(after)
    assert (told.decision_id, told.actor, told.tenant_id) == ("d-1", ANA.actor, ACME)
    assert told.sequence is None, "an answer orders nothing"
    moved = move in (Move.GRANT, Move.TURN_DOWN)
    assert (told.answer == "applied") is moved
    assert (after.row != before) is moved
    assert bool(transitions(after)) is moved


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"signature": None}, "signature_missing"),
        ({"signature": "a.b.c"}, "signature_invalid"),
        ({"reason": "not what was signed"}, "signature_mismatch"),
    ],
)
def test_no_gate_listens_to_a_forged_decision(change: dict[str, Any], code: str) -> None:
    for gate, kind in PAIRS:
        forged = decision(kind).model_copy(update=change)
        assert refusal(forged, row(gate)) == code, (gate, kind)


def test_no_gate_listens_to_another_tenants_approver() -> None:
    elsewhere = ANA.model_copy(update={"tenants": ["other"]})
    for gate, kind in PAIRS:
        assert refusal(decision(kind), row(gate), elsewhere) == "tenant_foreign", (gate, kind)
        if gate is not Gate.UNSEEN:
            theirs = decision(kind, tenant_id=TenantId("other"))
            assert refusal(theirs, row(gate), elsewhere) == "tenant_foreign", (gate, kind)


def test_every_vote_meets_a_rule_at_every_gate() -> None:
    assert set(product(Gate, VOTES)) == {pair for pair in MOVES if pair[1] in VOTES}


def test_a_vote_moves_only_what_waits_for_one() -> None:
    moved = {gate for (gate, _), move in MOVES.items() if move in (Move.GRANT, Move.TURN_DOWN)}
    waits = {gate for (gate, _), move in MOVES.items() if move is Move.WAIT}
    assert (moved, waits) == ({Gate.PENDING}, {Gate.UNSEEN})


def test_the_guide_lists_the_answers_there_are() -> None:
    told = {
        said(step(decision(kind), row(gate)))[0]
        for gate, kind in PAIRS
        if MOVES.get((gate, kind)) is not Move.WAIT
    }
    stale = said(step(decision(DecisionType.APPROVE, params_hash="0" * 64), row(Gate.PENDING)))
    listed = re.findall(r"^\| `(\w+)` \|", GUIDE.read_text(), re.MULTILINE)
    assert {*told, stale[0]} == set(listed) - {"answer"}


# --- what a vote needs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "named", "answer"),
    [
        (DecisionType.APPROVE, "0" * 64, ("stale", "params_hash_differs")),
        (DecisionType.APPROVE, None, ("stale", "params_hash_differs")),
        (DecisionType.REJECT, "0" * 64, ("stale", "params_hash_differs")),
        (DecisionType.REJECT, None, ("applied", "applied")),
    ],
)
def test_a_vote_names_what_it_saw(
    kind: DecisionType, named: str | None, answer: tuple[str, str]
) -> None:
    assert said(step(decision(kind, params_hash=named), row(Gate.PENDING))) == answer


@pytest.mark.parametrize("kind", VOTES)
def test_a_vote_needs_the_role(kind: DecisionType) -> None:
    visitor = ANA.model_copy(update={"roles": ["reader"]})
    after = step(decision(kind), row(Gate.PENDING), visitor)
    assert said(after) == ("not_allowed", "role_missing")
    assert after.row == row(Gate.PENDING)


@pytest.mark.parametrize(
    ("stages", "code"),
    [
        ([("approver", 2)], "quorum_not_supported"),
        ([("approver", 1), ("security", 1)], "stages_not_supported"),
        ([("approver", 1), ("approver", 1)], "stages_not_supported"),
    ],
)
def test_one_vote_is_not_enough_where_several_must_agree(
    stages: list[tuple[str, int]], code: str
) -> None:
    plan = ApprovalPlan(stages=[ApprovalStage(role=role, quorum=q) for role, q in stages])
    pending = row(Gate.PENDING, ASSESSED.model_copy(update={"approval_plan": plan}))
    both = ANA.model_copy(update={"roles": ["approver", "security"]})
    after = step(decision(DecisionType.APPROVE), pending, both)
    assert said(after) == ("not_allowed", code)
    assert (after.row, transitions(after), after.share) == (pending, [], Share.KEEP)
    again = step(decision(DecisionType.APPROVE, decision_id="d-2"), after.row, both)
    assert said(again) == ("not_allowed", code)
    assert said(step(decision(DecisionType.REJECT), pending)) == ("applied", "applied")


def test_a_vote_that_came_early_is_not_enough_either() -> None:
    plan = ApprovalPlan(stages=[ApprovalStage(role="approver", quorum=2)])
    wants_two = ASSESSED.model_copy(update={"approval_plan": plan})
    waiting = step(decision(DecisionType.APPROVE), row(Gate.UNSEEN))
    after = step(wants_two, waiting.row)
    assert said(after) == ("not_allowed", "quorum_not_supported")
    assert (after.row.gate, transitions(after)) == (Gate.PENDING, [State.PENDING_APPROVAL])


def test_the_requester_may_reject_but_not_approve() -> None:
    own = ASSESSED.model_copy(update={"user_ctx": UserContext(user_id=ANA.actor)})
    asked = step(decision(DecisionType.APPROVE), row(Gate.PENDING, own))
    assert said(asked) == ("not_allowed", "requester_may_not_approve")
    withdrawn = step(decision(DecisionType.REJECT), row(Gate.PENDING, own))
    assert said(withdrawn) == ("applied", "applied")


def test_an_approval_lets_exactly_what_was_seen_through() -> None:
    after = step(decision(DecisionType.APPROVE, notes="bien"), row(Gate.PENDING))
    assert [output.topic for output in after.outputs] == [
        Topic.APPROVED,
        Topic.STATE_CHANGED,
        Topic.STATE_CHANGED,
    ]
    approved = after.outputs[0].event
    assert isinstance(approved, Approved)
    assert (approved.params_hash, approved.revision) == (ASSESSED.params_hash, 1)
    assert approved.approval.by == [ANA.actor]
    assert approved.approval.decision_ids == ["d-1"]
    assert approved.approval.valid_until == after.row.valid_until == NOW + VALIDITY
    assert after.row.gate is Gate.APPROVED
    assert after.row.consumed_at is None


@pytest.mark.parametrize(
    ("kind", "assessed", "share"),
    [
        (DecisionType.APPROVE, RESERVED, Share.KEEP),
        (DecisionType.APPROVE, ASSESSED, Share.OVERRIDE),
        (DecisionType.REJECT, RESERVED, Share.RELEASE),
        (DecisionType.REJECT, ASSESSED, Share.KEEP),
    ],
)
def test_what_becomes_of_the_place_in_the_limits(
    kind: DecisionType, assessed: Assessed, share: Share
) -> None:
    assert step(decision(kind), row(Gate.PENDING, assessed)).share is share


def test_an_approval_of_something_scheduled_lasts_from_then_on() -> None:
    later = NOW + timedelta(days=2)
    scheduled = ASSESSED.model_copy(update={"not_before": later})
    after = step(decision(DecisionType.APPROVE), row(Gate.PENDING, scheduled))
    assert after.row.valid_until == later + VALIDITY


# --- a halted action -----------------------------------------------------------------------

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HALTED = row(Gate.HALTED, ASSESSED.model_copy(update={"trace_id": None, "verdict": Verdict.HALT}))


def resolve(trace: object, **fields: Any) -> Decision:
    return decision(DecisionType.RESOLVE, params={"trace_id": trace}, **fields)


def test_who_supplies_the_trace_lets_a_halted_action_be_assessed_again() -> None:
    after = step(resolve(TRACE), HALTED)
    assert said(after) == ("applied", "applied")
    assert after.row.gate is Gate.SUPERSEDED
    assert transitions(after) == [State.SUPERSEDED, State.DRAFTED]
    [drafted] = [output.event for output in after.outputs if output.topic is Topic.DRAFTED]
    assert isinstance(drafted, Drafted)
    assert (drafted.trace_id, drafted.revision) == (TRACE, 2)
    assert (drafted.action_id, drafted.params_hash) == (ASSESSED.action_id, ASSESSED.params_hash)
    assert drafted.sequence == sequence(2, Rank.DRAFT)


def test_neither_its_requester_nor_who_lacks_the_role_supplies_the_trace() -> None:
    visitor = ANA.model_copy(update={"roles": []})
    assert said(step(resolve(TRACE), HALTED, visitor)) == ("not_allowed", "role_missing")
    own = ASSESSED.model_copy(
        update={
            "trace_id": None,
            "verdict": Verdict.HALT,
            "user_ctx": UserContext(user_id=ANA.actor),
        }
    )
    asked = step(resolve(TRACE), row(Gate.HALTED, own))
    assert said(asked) == ("not_allowed", "requester_may_not_approve")


def test_once() -> None:
    after = step(resolve(TRACE), HALTED)
    again = step(resolve(TRACE, decision_id="d-2"), after.row)
    assert said(again) == ("not_allowed", "not_supported")
    assert again.row == after.row


@pytest.mark.parametrize("trace", [None, 7, "", "0" * 32, TRACE.upper(), TRACE[:-1], [TRACE]])
def test_a_malformed_trace_changes_nothing(trace: object) -> None:
    after = step(resolve(trace), HALTED)
    assert said(after) == ("not_allowed", "trace_malformed")
    assert after.row == HALTED


# --- late answers --------------------------------------------------------------------------

ENDED = {
    ExecutionStatus.SUCCEEDED: State.SUCCEEDED,
    ExecutionStatus.FAILED: State.FAILED,
    ExecutionStatus.UNKNOWN: State.OUTCOME_UNKNOWN,
    ExecutionStatus.SKIPPED: State.SKIPPED,
}


@pytest.mark.parametrize("kind", VOTES)
@pytest.mark.parametrize("status", list(ExecutionStatus))
def test_a_late_vote_is_told_how_the_action_ended(
    kind: DecisionType, status: ExecutionStatus
) -> None:
    closed = step(
        EXECUTED.model_copy(update={"status": status}), row(Gate.APPROVED, consumed_at=NOW)
    )
    assert (closed.row.gate, closed.outputs) == (Gate.CLOSED, [])
    late = step(decision(kind), closed.row)
    assert said(late) == ("late", "already_decided")
    [told] = answers(late)
    assert told.state is ENDED[status]
    assert told.state in FINAL | {State.OUTCOME_UNKNOWN}


@pytest.mark.parametrize("kind", DecisionType)
@pytest.mark.parametrize(
    "gate", [gate for gate in Gate if gate not in (Gate.UNSEEN, Gate.PENDING, Gate.CLOSED)]
)
def test_whoever_changes_nothing_is_told_where_the_action_stands(
    kind: DecisionType, gate: Gate
) -> None:
    [told] = answers(step(decision(kind), row(gate)))
    assert told.state == gate.value


@pytest.mark.parametrize("first", VOTES)
@pytest.mark.parametrize("second", VOTES)
def test_the_first_vote_counts(first: DecisionType, second: DecisionType) -> None:
    after = step(decision(first), row(Gate.PENDING))
    again = step(decision(second, decision_id="d-2"), after.row)
    assert said(again) == ("late", "already_decided")
    assert again.row == after.row
    expected = State.APPROVED if first is DecisionType.APPROVE else State.REJECTED
    assert answers(again)[0].state is expected


# --- before the action ---------------------------------------------------------------------


def test_waiting_votes_are_answered_in_order_when_the_action_comes() -> None:
    waiting = row(Gate.UNSEEN)
    for number, kind in enumerate([DecisionType.REJECT, DecisionType.APPROVE]):
        waiting = step(decision(kind, decision_id=f"d-{number}"), waiting).row
    after = step(RESERVED, waiting)
    assert [(told.decision_id, told.answer) for told in answers(after)] == [
        ("d-0", "applied"),
        ("d-1", "late"),
    ]
    assert transitions(after) == [State.PENDING_APPROVAL, State.REJECTED]
    assert (after.row.gate, after.row.inbox, after.share) == (Gate.REJECTED, (), Share.RELEASE)


def test_only_so_many_votes_wait_and_the_rest_are_told() -> None:
    waiting = row(Gate.UNSEEN)
    for number in range(MOST_WAITING):
        waiting = step(decision(DecisionType.APPROVE, decision_id=f"d-{number}"), waiting).row
    over = step(decision(DecisionType.APPROVE, decision_id="over"), waiting)
    assert said(over) == ("not_allowed", "inbox_full")
    assert over.row == waiting


def test_a_vote_that_waited_must_be_authentic_when_the_action_comes() -> None:
    waiting = step(decision(DecisionType.APPROVE), row(Gate.UNSEEN)).row
    after = process(ASSESSED, ApproveFacts(waiting, {}, NOW, VALIDITY))
    assert isinstance(after, Step)
    assert said(after) == ("not_allowed", "key_unknown")
    assert after.row.gate is Gate.PENDING


def test_a_vote_of_another_tenant_that_waited_is_told_there_is_no_such_action() -> None:
    everywhere = ANA.model_copy(update={"tenants": ["*"]})
    foreign = decision(DecisionType.APPROVE, tenant_id=TenantId("other"))
    waiting = step(foreign, row(Gate.UNSEEN), everywhere).row
    after = step(ASSESSED, waiting, everywhere)
    assert said(after) == ("not_allowed", "unknown_action")
    assert answers(after)[0].tenant_id == "other"
    assert answers(after)[0].state is None, "nothing about the action is told to a stranger"
    assert after.row.gate is Gate.PENDING


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_opens_or_holds_the_gate(verdict: Verdict) -> None:
    after = step(ASSESSED.model_copy(update={"verdict": verdict}), row(Gate.UNSEEN))
    through = [output for output in after.outputs if output.topic is Topic.APPROVED]
    assert bool(through) is (verdict is Verdict.AUTO_APPROVE)
    assert (after.row.gate is Gate.AUTO_APPROVED) is (verdict is Verdict.AUTO_APPROVE)
    assert after.row.gate is not Gate.UNSEEN


@pytest.mark.parametrize("gate", [gate for gate in Gate if gate is not Gate.UNSEEN])
def test_an_action_told_twice_is_opened_once(gate: Gate) -> None:
    assert step(ASSESSED, row(gate)) == Step(row(gate), [])
