"""May it run now, and what does an answer mean: every rule of `processors.effects` alone."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from processors.effects import (
    DEFERRED,
    LARGEST_RESULT,
    REFUSED,
    Answered,
    CallOutcome,
    ClaimSettings,
    Refused,
    Unclear,
    check_claim,
    read_status,
    result_of,
)
from processors.snapshot import Snapshot
from schemas.events import Approved, Strategy
from schemas.ledger import Claimed, ClaimFacts, Defer, EffectState, Go, Skip
from schemas.names import ExecutionStatus, RiskLevel, Verdict
from schemas.rollout import RolloutHold, RolloutPlan
from schemas.settings import ActionDefinition, Flag, Freeze, PluginSpec, TenantSettings
from schemas.working import ApprovalRow, Gate, ReservationRow, ReservationState
from tests.stories import ACME, START, Story

STORY = Story()
ACTION = STORY.approved(STORY.assessed(STORY.drafted(), Verdict.AUTO_APPROVE), by=[])
NOW = START + timedelta(minutes=1)
KEY = (ACTION.action_id, ACTION.revision)
PLUGIN = PluginSpec(
    tool=ACTION.tool, version=str(ACTION.tool_version), parameters={}, risk_label=RiskLevel.LOW
)


APPROVAL = ApprovalRow(
    *KEY,
    tenant_id=ACME,
    gate=Gate.AUTO_APPROVED,
    params_hash=ACTION.params_hash,
    valid_until=NOW + timedelta(minutes=1),
)
RESERVED = ReservationRow(*KEY, ACME, ReservationState.RESERVED)
DEFINITION = ActionDefinition(
    action_type=ACTION.action_type, name="any", requires_approval=False, tools=[PLUGIN.tool]
)
SETTINGS = Snapshot(
    tenants={ACME: TenantSettings(automation_enabled=True, approval_required=False)},
    definitions={DEFINITION.action_type: DEFINITION},
    plugins={PLUGIN.tool: PLUGIN},
)
INACTIVE = DEFINITION.model_copy(update={"is_active": False})


@dataclass(frozen=True)
class Situation:
    """A claim that nothing objects to, until something in it is changed."""

    action: Approved = ACTION
    approval: ApprovalRow | None = APPROVAL
    reservation: ReservationRow | None = RESERVED
    other: EffectState | None = None
    snapshot: Snapshot = SETTINGS
    enabled: bool = True
    fresh: bool = True

    def answer(self) -> Go | Defer | Skip:
        return check_claim(
            self.action,
            ClaimFacts(self.approval, self.reservation, self.other, NOW),
            ClaimSettings(self.snapshot, self.enabled, self.fresh),
        )


Change = Callable[[Situation], Situation]


def approval(**changes: Any) -> Change:
    def change(at: Situation) -> Situation:
        assert at.approval is not None
        return replace(at, approval=replace(at.approval, **changes))

    return change


def action(**changes: Any) -> Change:
    return lambda at: replace(at, action=at.action.model_copy(update=changes))


def tenant(**changes: Any) -> Change:
    def change(at: Situation) -> Situation:
        changed = at.snapshot.tenants[ACME].model_copy(update=changes)
        return replace(at, snapshot=replace(at.snapshot, tenants={ACME: changed}))

    return change


def plugin(**changes: Any) -> Change:
    def change(at: Situation) -> Situation:
        changed = at.snapshot.plugins[PLUGIN.tool].model_copy(update=changes)
        return replace(at, snapshot=replace(at.snapshot, plugins={PLUGIN.tool: changed}))

    return change


def settings(**changes: Any) -> Change:
    return lambda at: replace(at, snapshot=replace(at.snapshot, **changes))


def situation(**changes: Any) -> Change:
    return lambda at: replace(at, **changes)


def both_of(*changes: Change) -> Change:
    def change(at: Situation) -> Situation:
        for one in changes:
            at = one(at)
        return at

    return change


def reservation(state: ReservationState) -> Change:
    return situation(reservation=ReservationRow(*KEY, ACME, state))


EVERYTHING = RolloutPlan.model_validate(
    {"rollout": [{"from": NOW, "percent_of_tenants": 100, "types": ["*"]}]}
)
REFUSING: list[tuple[str, Change]] = [
    *(
        ("approval_missing", approval(gate=gate))
        for gate in Gate
        if gate not in (Gate.APPROVED, Gate.AUTO_APPROVED)
    ),
    ("approval_missing", situation(approval=None)),
    ("approval_foreign", approval(tenant_id="other")),
    ("approval_foreign", approval(tenant_id=None)),
    ("approval_consumed", approval(consumed_at=NOW)),
    ("params_changed", action(params={"titulo": "otra cosa"})),
    ("params_changed", action(params={"n": 2**60})),
    ("params_changed", action(tool_version="1.1", params_hash="0" * 64)),
    ("params_changed", approval(params_hash="0" * 64)),
    ("params_changed", approval(params_hash=None)),
    ("approval_outlived", approval(valid_until=NOW - timedelta(microseconds=1))),
    ("approval_outlived", approval(valid_until=None)),
    ("already_done", situation(other=EffectState.DONE)),
    ("already_done", situation(other=EffectState.VERIFIED)),
    ("type_inactive", settings(definitions={})),
    ("type_inactive", settings(definitions={DEFINITION.action_type: INACTIVE})),
    ("approval_required", tenant(approval_required=True)),
    ("approval_required", settings(flags={"agent-action-approval": Flag(enabled=False)})),
    ("automation_off", tenant(automation_enabled=False)),
    ("automation_off", settings(tenants={})),
    ("outside_rollout", settings(rollouts={"default": RolloutPlan()})),
    (
        "outside_rollout",
        settings(
            rollouts={"default": EVERYTHING},
            rollout_holds={"default": RolloutHold(since=NOW)},
        ),
    ),
    ("type_not_allowed", tenant(allowed_action_types=["send_notification"])),
    ("type_not_allowed", tenant(allowed_action_types=[])),
    ("tool_version_gone", settings(plugins={})),
    ("tool_version_gone", plugin(version="2.0")),
    ("tenant_not_entitled", plugin(tenants=["other"])),
    ("tenant_not_entitled", plugin(tenants=[])),
    ("reservation_missing", situation(reservation=None)),
    ("reservation_missing", reservation(ReservationState.NONE)),
    ("reservation_missing", reservation(ReservationState.RELEASED)),
]
DEFERRING: list[tuple[str, Change]] = [
    ("settings_stale", situation(fresh=False)),
    ("system_disabled", situation(enabled=False)),
    (
        "approvals_held",
        both_of(
            approval(gate=Gate.APPROVED),
            settings(flags={"agent-action-approval": Flag(enabled=False)}),
        ),
    ),
    ("frozen", settings(freezes={"all": Freeze()})),
    ("frozen", settings(freezes={"tenant": Freeze(tenant=ACME)})),
    ("frozen", settings(freezes={"type": Freeze(action_type=ACTION.action_type)})),
    ("frozen", settings(freezes={"tool": Freeze(tool=ACTION.tool)})),
    ("other_revision_open", situation(other=EffectState.INTENDED)),
    ("other_revision_open", situation(other=EffectState.UNKNOWN)),
]


def test_a_claim_nobody_objects_to_goes_to_the_approved_version() -> None:
    assert Situation().answer() == Go(PLUGIN)


@pytest.mark.parametrize(
    ("wish", "timeout_ms", "attempts"),
    [
        (None, 3_000, 3),
        (Strategy(timeout_ms=500, max_attempts=1), 500, 1),
        (Strategy(timeout_ms=60_000, max_attempts=9), 3_000, 3),
        (Strategy(timeout_ms=0, max_attempts=-1), 3_000, 3),
    ],
)
def test_wishes_lower_the_plugins_bounds_and_never_raise_them(
    wish: Strategy | None, timeout_ms: int, attempts: int
) -> None:
    bounds = plugin(timeout_ms=3_000, max_attempts=3)(Situation())
    answer = action(strategy=wish)(bounds).answer()
    assert isinstance(answer, Go)
    assert (answer.plugin.timeout_ms, answer.plugin.max_attempts) == (timeout_ms, attempts)


@pytest.mark.parametrize(
    "change",
    [
        approval(gate=Gate.APPROVED),
        approval(valid_until=NOW),
        reservation(ReservationState.OVERRIDE),
        tenant(allowed_action_types=[ACTION.action_type]),
        settings(rollouts={"default": EVERYTHING}),
        plugin(tenants=[ACME]),
        settings(freezes={"other": Freeze(tenant="other")}),
        settings(freezes={"both": Freeze(tenant=ACME, tool="other-tool")}),
        situation(other=EffectState.FAILED),
        situation(other=EffectState.SKIPPED),
    ],
)
def test_what_is_no_objection(change: Change) -> None:
    assert isinstance(change(Situation()).answer(), Go)


def test_a_persons_approval_stands_when_automation_is_switched_off() -> None:
    by_a_person = approval(gate=Gate.APPROVED)(Situation())
    assert tenant(automation_enabled=False)(by_a_person).answer() == Go(PLUGIN)
    assert settings(tenants={})(by_a_person).answer() == Go(PLUGIN)
    assert settings(rollouts={"default": RolloutPlan()})(by_a_person).answer() == Go(PLUGIN)


@pytest.mark.parametrize(("code", "change"), REFUSING, ids=[code for code, _ in REFUSING])
def test_each_refusing_rule_alone_ends_the_action(code: str, change: Change) -> None:
    answer = change(Situation()).answer()
    assert isinstance(answer, Skip)
    assert answer.reason.code == code


@pytest.mark.parametrize(("code", "change"), DEFERRING, ids=[code for code, _ in DEFERRING])
def test_each_deferring_rule_alone_makes_the_claim_wait(code: str, change: Change) -> None:
    answer = change(Situation()).answer()
    assert isinstance(answer, Defer)
    assert answer.reason.code == code


@pytest.mark.parametrize("code", [code for code, _, _ in (*REFUSED, *DEFERRED)])
def test_every_rule_has_a_case(code: str) -> None:
    assert code in {name for name, _ in (*REFUSING, *DEFERRING)}


INDEPENDENT: list[tuple[str, Change]] = [
    ("approval_missing", approval(gate=Gate.REJECTED)),
    ("approval_foreign", approval(tenant_id="other")),
    ("approval_consumed", approval(consumed_at=NOW)),
    ("approval_outlived", approval(valid_until=None)),
    ("params_changed", action(params={})),
    ("already_done", situation(other=EffectState.DONE)),
    ("type_not_allowed", tenant(allowed_action_types=[])),
    ("type_inactive", settings(definitions={})),
    ("type_inactive", settings(definitions={DEFINITION.action_type: INACTIVE})),
    ("approval_required", tenant(approval_required=True)),
    ("approval_required", settings(flags={"agent-action-approval": Flag(enabled=False)})),
    ("automation_off", tenant(automation_enabled=False)),
    ("tenant_not_entitled", plugin(tenants=[])),
    ("reservation_missing", situation(reservation=None)),
    ("settings_stale", situation(fresh=False)),
    ("system_disabled", situation(enabled=False)),
    ("frozen", settings(freezes={"all": Freeze()})),
]
"""Each changes something the others leave alone."""

REFUSING_CODES = {code for code, _, _ in REFUSED}


@given(st.sets(st.sampled_from(range(len(INDEPENDENT)))))
def test_one_objection_is_enough_whatever_else_there_is(chosen: set[int]) -> None:
    at = Situation()
    for index in sorted(chosen):
        at = INDEPENDENT[index][1](at)
    codes = {INDEPENDENT[index][0] for index in chosen}
    answer = at.answer()
    if "settings_stale" in codes:
        assert isinstance(answer, Defer), "nothing is certain, so nothing is final"
    elif codes & REFUSING_CODES:
        assert isinstance(answer, Skip), "what can never run does not wait"
    else:
        assert isinstance(answer, Defer if codes else Go)


# --- what an answer means ------------------------------------------------------------------

NO_PROMISE = PLUGIN
PROMISE = PLUGIN.model_copy(update={"no_effect_on_error": True})
NONE: JsonValue = {"effect": "none", "detail": "not today"}
BOOM: JsonValue = {"detail": "boom"}

ANSWERS: list[tuple[PluginSpec, int, JsonValue, CallOutcome]] = [
    (NO_PROMISE, 200, {"result": {"id": 7}}, Answered({"id": 7})),
    (NO_PROMISE, 201, {"result": None, "effect": "done"}, Answered(None)),
    (NO_PROMISE, 200, {"ok": True}, Unclear("answer_unreadable", "")),
    (NO_PROMISE, 200, ["result"], Unclear("answer_unreadable", "")),
    (NO_PROMISE, 200, None, Unclear("answer_unreadable", "")),
    (NO_PROMISE, 204, None, Unclear("answer_unreadable", "")),
    (PROMISE, 200, NONE, Unclear("answer_unreadable", "")),
    (NO_PROMISE, 202, {"status": "/later"}, Unclear("answer_unreadable", "")),
    (NO_PROMISE, 302, None, Unclear("http_302", "")),
    (PROMISE, 307, NONE, Unclear("http_307", "")),
    *(
        (NO_PROMISE, status, None, Refused(f"http_{status}", ""))
        for status in (400, 401, 403, 404, 405, 410, 413, 422, 451, 499)
    ),
    *((PROMISE, status, NONE, Unclear(f"http_{status}", "")) for status in (408, 409, 425, 429)),
    *(
        (NO_PROMISE, status, BOOM, Unclear(f"http_{status}", ""))
        for status in (500, 501, 502, 503, 504, 599)
    ),
    (NO_PROMISE, 500, None, Unclear("http_500", "")),
    (NO_PROMISE, 500, {"effect": "done"}, Unclear("http_500", "")),
    (NO_PROMISE, 500, {"effect": "unknown"}, Unclear("http_500", "")),
    (NO_PROMISE, 500, [NONE], Unclear("http_500", "")),
    (NO_PROMISE, 500, NONE, Refused("http_500", "")),
    (NO_PROMISE, 503, NONE, Refused("http_503", "")),
    (PROMISE, 500, None, Refused("http_500", "")),
    (PROMISE, 503, BOOM, Refused("http_503", "")),
    (NO_PROMISE, 600, None, Unclear("http_600", "")),
    (NO_PROMISE, 100, None, Unclear("http_100", "")),
]


@pytest.mark.parametrize(
    ("spec", "status", "body", "meaning"),
    ANSWERS,
    ids=[f"{status}-{type(meaning).__name__}" for _, status, _, meaning in ANSWERS],
)
def test_what_an_answer_means(
    spec: PluginSpec, status: int, body: JsonValue, meaning: CallOutcome
) -> None:
    outcome = read_status(spec, status, body)
    assert type(outcome) is type(meaning)
    if isinstance(outcome, Answered):
        assert outcome == meaning
    else:
        assert isinstance(meaning, Refused | Unclear)
        assert outcome.code == meaning.code


BODIES: st.SearchStrategy[JsonValue] = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.fixed_dictionaries(
        {},
        optional={
            "result": st.none() | st.integers() | st.just({"id": 1}),
            "effect": st.sampled_from(["none", "done", "unknown", "", 0, None, ["none"]]),
            "detail": st.text(max_size=5) | st.integers(),
        },
    ),
)


@given(st.integers(100, 999), BODIES)
def test_nothing_is_a_definite_failure_without_a_promise(status: int, body: JsonValue) -> None:
    says_none = isinstance(body, dict) and body.get("effect") == "none"
    outcome = read_status(NO_PROMISE, status, body)
    if isinstance(outcome, Refused):
        assert 400 <= status < 500 or (status >= 500 and says_none)
        assert status not in (408, 409, 425, 429)


@given(st.integers(100, 999), BODIES, st.booleans())
def test_only_a_result_under_2xx_is_a_success(status: int, body: JsonValue, promise: bool) -> None:
    outcome = read_status(PROMISE if promise else NO_PROMISE, status, body)
    succeeded = 200 <= status < 300 and isinstance(body, dict) and "result" in body
    assert isinstance(outcome, Answered) is succeeded


def test_the_plugins_own_words_are_told_but_not_at_any_length() -> None:
    outcome = read_status(NO_PROMISE, 422, {"detail": "x" * 10_000, "title": "t"})
    assert isinstance(outcome, Refused)
    assert outcome.text == "x" * 500
    titled = read_status(NO_PROMISE, 422, {"detail": 7, "title": "No such task"})
    assert isinstance(titled, Refused)
    assert titled.text == "No such task"


CLAIMED = Claimed(KEY, ACTION, PLUGIN, 3, START, START + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("outcome", "state", "status"),
    [
        (Answered({"id": 7}), EffectState.DONE, ExecutionStatus.SUCCEEDED),
        (Refused("http_422", "no"), EffectState.UNKNOWN, ExecutionStatus.UNKNOWN),
        (Unclear("timeout", "?"), EffectState.UNKNOWN, ExecutionStatus.UNKNOWN),
    ],
)
def test_how_a_call_ends(outcome: CallOutcome, state: EffectState, status: ExecutionStatus) -> None:
    started, ended = START + timedelta(seconds=2), START + timedelta(seconds=5)
    result = result_of(CLAIMED, outcome, started, ended)
    assert (result.state, result.ending.status) == (state, status)
    assert result.ending.retries == 2
    metrics = result.ending.metrics
    assert metrics is not None
    assert (metrics.queued_ms, metrics.call_ms, metrics.total_ms) == (1_000, 3_000, 5_000)
    if isinstance(outcome, Answered):
        assert (result.ending.result, result.ending.failure_reason) == ({"id": 7}, None)
    else:
        assert result.ending.result is None
        assert result.ending.failure_reason is not None
        assert result.ending.failure_reason.code == outcome.code


def test_a_clock_that_went_back_gives_no_negative_durations() -> None:
    result = result_of(CLAIMED, Answered(None), START, START - timedelta(seconds=9))
    assert result.ending.metrics is not None
    assert result.ending.metrics.call_ms == 0


def test_a_result_too_large_to_travel_is_cut_and_says_so() -> None:
    whole: JsonValue = {"rows": ["é" * 100] * 2_000}
    ending = result_of(CLAIMED, Answered(whole), START, START).ending
    assert ending.status is ExecutionStatus.SUCCEEDED
    assert isinstance(ending.result, dict)
    content = orjson.dumps(whole)
    assert ending.result["truncated"] is True
    assert ending.result["bytes"] == len(content)
    assert ending.result["sha256"] == hashlib.sha256(content).hexdigest()
    assert ending.observation["result"] == ending.result
    assert len(orjson.dumps(ending.result)) < 2_000


def test_a_result_that_just_fits_travels_whole() -> None:
    whole = "x" * (LARGEST_RESULT - 2)
    assert result_of(CLAIMED, Answered(whole), START, START).ending.result == whole


def test_a_refusal_is_definite_only_if_every_attempt_was_refused() -> None:
    """A second attempt is made because the first was never answered: that one may have worked."""
    refused = Refused("connect_failed", "nobody there")
    first = result_of(replace(CLAIMED, attempts=1), refused, START, NOW)
    assert (first.state, first.ending.status) == (EffectState.FAILED, ExecutionStatus.FAILED)
    second = result_of(replace(CLAIMED, attempts=2), refused, START, NOW)
    assert (second.state, second.ending.status) == (EffectState.UNKNOWN, ExecutionStatus.UNKNOWN)
    assert second.ending.failure_reason is not None
    assert second.ending.failure_reason.code == "connect_failed"
