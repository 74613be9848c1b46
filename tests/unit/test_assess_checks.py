"""May it run without a person: every check of `processors.checks` alone, and together."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.assess import Assessment, process
from processors.checks import CHECKS, AssessFacts, in_canary
from processors.impact import UNKNOWN, History
from processors.limits import WINDOWS
from processors.permission import (
    NOT_NEEDED,
    Permission,
    PermissionState,
    Rate,
    permission_of,
    unavailable,
)
from processors.snapshot import Snapshot
from schemas.codec import decode, encode
from schemas.events import Assessed, Drafted, StateChanged, UserContext
from schemas.names import RiskLevel, SafetyMode, TenantId, Topic, Verdict
from schemas.rollout import RolloutHold, RolloutPlan
from schemas.settings import ActionDefinition, Flag, PluginSpec, SourceLabel, TenantSettings
from schemas.states import ApprovalState, State
from tests.stories import ACME, START, Story

TYPE = "create_task"
OPEN = TenantSettings(
    automation_enabled=True,
    approval_required=False,
    auto_approval_threshold=0.5,
    max_actions_per_hour=10,
    max_actions_per_day=50,
    canary_percentage=1.0,
    safety_mode=SafetyMode.MODERATE,
)
"""A tenant that lets low risk through."""
DRAFTED = Story().drafted()
DEFINITION = ActionDefinition(
    action_type=TYPE,
    name=TYPE,
    requires_approval=False,
    impact_level=RiskLevel.LOW,
    tools=[TYPE],
)
PLUGIN = PluginSpec(
    tool=TYPE, version=str(DRAFTED.tool_version), parameters={}, risk_label=RiskLevel.LOW
)
MIDNIGHT = START.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
KNOWN = History(first_time=False, successes=1)
FIRST = History(first_time=True)
SETTINGS = Snapshot(
    version=7, tenants={ACME: OPEN}, definitions={TYPE: DEFINITION}, plugins={TYPE: PLUGIN}
)


@dataclass(frozen=True)
class Situation:
    """An action that nothing objects to, until something about it is changed."""

    action: Drafted = DRAFTED
    snapshot: Snapshot = SETTINGS
    enabled: bool = True
    hour: int = 0
    day: int = 0
    history: History = KNOWN
    permission: Permission = NOT_NEEDED

    def assess(self) -> Assessment:
        return process(
            self.action,
            AssessFacts(
                settings=self.snapshot,
                tenant_defaults=OPEN,
                system_enabled=self.enabled,
                now=START,
                history=self.history,
                permission=self.permission,
            ),
            {"tenant:hour": self.hour, "tenant:day": self.day},
        )

    @property
    def assessed(self) -> Assessed:
        event = self.assess().outputs[0].event
        assert isinstance(event, Assessed)
        return event

    @property
    def codes(self) -> set[str]:
        return {reason.code for reason in self.assessed.reasons}


Change = Callable[[Situation], Situation]


def action(**changes: Any) -> Change:
    return lambda at: replace(at, action=at.action.model_copy(update=changes))


def tenant(**changes: Any) -> Change:
    def change(at: Situation) -> Situation:
        changed = at.snapshot.tenants[ACME].model_copy(update=changes)
        return replace(at, snapshot=replace(at.snapshot, tenants={ACME: changed}))

    return change


def definition(**changes: Any) -> Change:
    def change(at: Situation) -> Situation:
        changed = at.snapshot.definitions[TYPE].model_copy(update=changes)
        return replace(at, snapshot=replace(at.snapshot, definitions={TYPE: changed}))

    return change


def plugin(**changes: Any) -> Change:
    def change(at: Situation) -> Situation:
        changed = at.snapshot.plugins[TYPE].model_copy(update=changes)
        return replace(at, snapshot=replace(at.snapshot, plugins={TYPE: changed}))

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


def label(minute: int, level: RiskLevel = RiskLevel.LOW) -> SourceLabel:
    """What the tool's source says, so many minutes after the start."""
    return SourceLabel(risk_label=level, labelled_at=START + timedelta(minutes=minute))


def labelled(said: SourceLabel) -> Change:
    return settings(labels={TYPE: said})


def allowed(*asked: str) -> Permission:
    return Permission(PermissionState.ALLOWED, "allowed", "role:clerk", START, asked)


def answered(permission: Permission) -> Change:
    return situation(permission=permission)


NEEDS = plugin(permissions=["tasks:create"])
ROOM = Rate("mails", limit=10, window_s=60, granted=True)
FULL = replace(ROOM, granted=False)
OFF = Flag(enabled=False)
EVERYTHING = RolloutPlan.model_validate(
    {"rollout": [{"from": START, "percent_of_tenants": 100, "types": ["*"]}]}
)
UNKNOWN_RISK = {"not_safe_enough"}
"""What is unknown counts as high risk, and that is an objection of its own."""

CASES: list[tuple[str, Change, set[str]]] = [
    ("trace_missing", action(trace_id=None), set()),
    ("tool_unknown", settings(plugins={}), UNKNOWN_RISK),
    ("tool_version_gone", plugin(version="9.9"), UNKNOWN_RISK),
    ("tool_version_gone", action(tool_version=None), set()),
    ("tenant_not_entitled", plugin(tenants=["other"]), set()),
    ("tenant_not_entitled", plugin(tenants=[]), set()),
    ("iam_denied", answered(Permission(PermissionState.DENIED, "no")), set()),
    ("iam_denied", both_of(NEEDS, answered(Permission(PermissionState.DENIED))), set()),
    ("iam_unavailable", answered(unavailable("timeout")), set()),
    ("iam_unavailable", NEEDS, set()),
    # The catalog asks for more than the IAM was asked about.
    ("iam_unavailable", both_of(NEEDS, answered(allowed("tasks:read"))), set()),
    ("iam_rate", answered(replace(allowed(), rate=FULL)), set()),
    (
        "sensitive_not_cleared",
        both_of(plugin(accepts=["pii:email"]), action(params={"a": "612 345 678", "b": "a@b.es"})),
        set(),
    ),
    ("information_missing", plugin(requires=["/user_ctx/user_id"]), set()),
    ("information_missing", plugin(requires=["/context/order"]), set()),
    ("type_not_allowed", tenant(allowed_action_types=["send_notification"]), set()),
    ("type_not_allowed", tenant(allowed_action_types=[]), set()),
    ("type_inactive", definition(is_active=False), set()),
    ("type_undefined", settings(definitions={}), UNKNOWN_RISK),
    ("system_disabled", situation(enabled=False), set()),
    ("approvals_disabled", settings(flags={"agent-action-approval": OFF}), set()),
    ("tenant_unknown", settings(tenants={}), set()),
    ("automation_off", tenant(automation_enabled=False), set()),
    ("approval_required", tenant(approval_required=True), set()),
    ("type_requires_approval", definition(requires_approval=True), set()),
    ("first_time", situation(history=FIRST), set()),
    ("first_time", situation(history=UNKNOWN), set()),
    (
        "first_time",
        both_of(situation(history=FIRST), tenant(preapproved_action_types=["send_notification"])),
        set(),
    ),
    ("outside_canary", tenant(canary_percentage=0.0), set()),
    ("not_safe_enough", definition(impact_level=RiskLevel.MEDIUM), set()),
    ("not_safe_enough", plugin(risk_label=RiskLevel.HIGH), set()),
    ("not_safe_enough", action(risk_level="critical"), set()),
    ("not_safe_enough", settings(flags={"plugin-risk-guard": OFF}), set()),
    ("not_safe_enough", tenant(safety_mode=SafetyMode.STRICT), set()),
    (
        "not_safe_enough",
        both_of(plugin(risk_labelled_at=START), labelled(label(0, RiskLevel.HIGH))),
        set(),
    ),
    ("outside_rollout", settings(rollouts={"p": RolloutPlan()}), set()),
    (
        "rollout_held",
        settings(rollouts={"p": EVERYTHING}, rollout_holds={"p": RolloutHold(since=START)}),
        set(),
    ),
    ("label_stale", labelled(label(1)), {"not_safe_enough"}),
    (
        "label_stale",
        both_of(plugin(risk_labelled_at=START), labelled(label(1))),
        {"not_safe_enough"},
    ),
    ("below_threshold", action(confidence=0.49), set()),
    ("below_threshold", action(confidence=None), set()),
    ("below_threshold", action(confidence=math.nan), set()),
    ("below_threshold", action(confidence=math.inf), set()),
    ("below_threshold", action(confidence=0.99, labels=["confidence:assumed"]), set()),
    ("below_threshold", tenant(auto_approval_threshold=0.61), set()),
    # Repaired counts as one level riskier, which is more than this tenant lets through.
    ("repaired", action(repaired=True), {"not_safe_enough"}),
    (
        "repaired",
        both_of(tenant(safety_mode=SafetyMode.PERMISSIVE), action(repaired=True)),
        set(),
    ),
    (
        "degraded",
        both_of(tenant(safety_mode=SafetyMode.PERMISSIVE), action(degraded_from="delete_customer")),
        set(),
    ),
    ("sensitive", plugin(sensitive_parameters={"/titulo": "pii"}), set()),
    ("sensitive", plugin(sensitive_parameters={"/titulo": "medical"}), set()),
    ("sensitive", action(params={"nota": "el DNI es 12345678Z"}), set()),
    ("sensitive", action(params={"nota": "4111 1111 1111 1111"}), set()),
    ("sensitive", action(params={"password": "hunter2hunter2"}), UNKNOWN_RISK),
    (
        "sensitive",
        both_of(plugin(accepts=["secret"]), action(params={"password": "hunter2hunter2"})),
        UNKNOWN_RISK,
    ),
    ("resumed", action(labels=["resumed"]), set()),
    ("scheduled_later", action(not_before=START + timedelta(days=1)), set()),
    ("scheduled_later", action(not_before=MIDNIGHT), set()),
    ("scheduled_later", action(not_before=MIDNIGHT.replace(tzinfo=None)), set()),
    ("has_predecessors", action(depends_on=[DRAFTED.action_id]), set()),
    ("limit_hour", situation(hour=10), set()),
    ("limit_hour", tenant(max_actions_per_hour=0), set()),
    ("limit_day", situation(day=50), set()),
    ("limit_day", tenant(max_actions_per_day=0), set()),
]
"""(the check, what makes it object, what cannot but object too)"""

GRAVITY = [
    Verdict.AUTO_APPROVE,
    Verdict.NEEDS_APPROVAL,
    Verdict.NEEDS_INFORMATION,
    Verdict.DENY,
    Verdict.HALT,
]
VERDICTS = {
    **{code: verdict for code, verdict, _, _ in CHECKS},
    **{kind.code: Verdict.NEEDS_APPROVAL for kind in WINDOWS},
}


def test_nothing_objecting_means_it_runs() -> None:
    at = Situation()
    assert at.assessed.verdict is Verdict.AUTO_APPROVE
    assert at.codes == set()
    assert at.assess().reserve


@pytest.mark.parametrize(
    "change",
    [
        tenant(allowed_action_types=[TYPE]),
        tenant(safety_mode=SafetyMode.STRICT, preapproved_action_types=[TYPE]),
        both_of(situation(history=FIRST), tenant(preapproved_action_types=[TYPE])),
        both_of(situation(history=UNKNOWN), tenant(preapproved_action_types=[TYPE])),
        situation(history=History(first_time=False, recent_failures=9)),
        tenant(auto_approval_threshold=0.6),
        plugin(tenants=[ACME]),
        action(params={"a": "a@b.es", "b": "+34 612 345 678", "c": "ES9121000418450200051332"}),
        plugin(accepts=["pii", "medical"], sensitive_parameters={"/titulo": "medical"}),
        both_of(plugin(accepts=["pii"]), action(params={"nota": "el DNI es 12345678Z"})),
        both_of(
            plugin(requires=["/context/order", "/user_ctx/user_id", "/model"]),
            action(context={"order": 0}, user_ctx=UserContext(user_id="u"), model="m"),
        ),
        situation(hour=9, day=49),
        action(not_before=START - timedelta(days=1)),
        action(not_before=MIDNIGHT - timedelta(seconds=1)),
        action(risk_level="low"),
        action(risk_level=" LOW "),
        settings(flags={"agent-action-approval": Flag(enabled=True)}),
        both_of(plugin(risk_labelled_at=START), labelled(label(0))),
        both_of(plugin(risk_labelled_at=START), labelled(label(-1))),
        settings(labels={"other": label(1)}),
        answered(allowed()),
        both_of(NEEDS, answered(allowed("tasks:create"))),
        both_of(NEEDS, answered(allowed("tasks:create", "tasks:read"))),
        answered(replace(allowed(), rate=ROOM)),
    ],
)
def test_what_is_no_objection(change: Change) -> None:
    assert change(Situation()).codes == set()


@pytest.mark.parametrize(("code", "change", "also"), CASES, ids=[code for code, _, _ in CASES])
def test_each_check_alone_decides(code: str, change: Change, also: set[str]) -> None:
    at = change(Situation())
    assert at.codes == {code} | also
    assert at.assessed.verdict is VERDICTS[code]


@pytest.mark.parametrize("code", [code for code, _, _, _ in CHECKS])
def test_every_check_has_a_case(code: str) -> None:
    assert code in {name for name, _, _ in CASES}


@pytest.mark.parametrize(
    ("mode", "runs"),
    [
        (SafetyMode.STRICT, set()),
        (SafetyMode.MODERATE, {RiskLevel.LOW}),
        (SafetyMode.PERMISSIVE, {RiskLevel.LOW, RiskLevel.MEDIUM}),
    ],
)
@pytest.mark.parametrize("level", list(RiskLevel))
def test_how_much_risk_a_safety_mode_lets_through(
    mode: SafetyMode, runs: set[RiskLevel], level: RiskLevel
) -> None:
    at = definition(impact_level=level)(tenant(safety_mode=mode)(Situation()))
    assert (at.codes == set()) is (level in runs)
    preapproved = tenant(preapproved_action_types=[TYPE])(at)
    strict_and_low = mode is SafetyMode.STRICT and level is RiskLevel.LOW
    assert (preapproved.codes == set()) is (level in runs or strict_and_low)


@given(st.sampled_from(list(RiskLevel)), st.sampled_from(list(RiskLevel)), st.text(max_size=9))
def test_upstream_never_lowers_risk(defined: RiskLevel, labelled: RiskLevel, upstream: str) -> None:
    own = plugin(risk_label=labelled)(definition(impact_level=defined)(Situation()))
    for said in (upstream, *RiskLevel):
        level = action(risk_level=said)(own).assessed.impact.risk_level
        assert level.rank >= own.assessed.impact.risk_level.rank
        assert level.rank >= max(defined.rank, labelled.rank)


LEVELS = st.sampled_from(list(RiskLevel))


def level_of(at: Situation) -> RiskLevel:
    return at.assessed.impact.risk_level


@given(LEVELS, LEVELS)
def test_a_stale_label_counts_one_level_riskier_than_the_graver_of_both(
    catalog: RiskLevel, source: RiskLevel
) -> None:
    own = plugin(risk_label=catalog, risk_labelled_at=START)(Situation())
    graver = max(catalog.rank, source.rank)
    assert level_of(labelled(label(0, source))(own)).rank == graver
    assert level_of(labelled(label(1, source))(own)).rank == min(graver + 1, 3)
    undated = plugin(risk_label=catalog, risk_labelled_at=None)(Situation())
    assert level_of(labelled(label(-9, source))(undated)).rank == min(graver + 1, 3)


@given(LEVELS, LEVELS, LEVELS)
def test_repaired_counts_one_level_riskier(
    defined: RiskLevel, catalog: RiskLevel, upstream: RiskLevel
) -> None:
    at = both_of(
        definition(impact_level=defined), plugin(risk_label=catalog), action(risk_level=upstream)
    )(Situation())
    assert level_of(action(repaired=True)(at)).rank == min(level_of(at).rank + 1, 3)


RAISING = [
    action(repaired=True),
    action(risk_level="medium"),
    action(risk_level="critical"),
    definition(impact_level=RiskLevel.MEDIUM),
    definition(impact_level=RiskLevel.CRITICAL),
    plugin(risk_label=RiskLevel.CRITICAL),
    plugin(risk_labelled_at=None),
    labelled(label(1)),
    labelled(label(1, RiskLevel.MEDIUM)),
    labelled(label(1, RiskLevel.CRITICAL)),
    settings(flags={"plugin-risk-guard": OFF}),
]
"""In an order in which each, added to those before it, says something graver or as grave."""


@given(st.sets(st.sampled_from(range(len(RAISING))), max_size=3), LEVELS)
def test_more_that_is_risky_never_lowers_the_risk(chosen: set[int], catalog: RiskLevel) -> None:
    own = plugin(risk_label=catalog, risk_labelled_at=START)(labelled(label(0))(Situation()))
    before = both_of(*(RAISING[i] for i in sorted(chosen)))(own).assessed.impact
    for more in range(len(RAISING)):
        changes = (RAISING[i] for i in sorted(chosen | {more}))
        after = both_of(*changes)(own).assessed.impact
        assert after.risk_level.rank >= before.risk_level.rank
        assert after.risk_score >= before.risk_score


def test_the_risk_guard_switched_off_never_makes_a_critical_tool_milder() -> None:
    critical = plugin(risk_label=RiskLevel.CRITICAL)(Situation())
    off = settings(flags={"plugin-risk-guard": OFF})(critical)
    assert level_of(off) is RiskLevel.CRITICAL


# --- together ------------------------------------------------------------------------------

HIDING = {"tenant_unknown", "type_undefined", "tool_unknown"}
"""Where there is no tenant, type or tool, nothing of it can object."""

ADDABLE = [
    action(not_before=MIDNIGHT),
    action(trace_id=None),
    action(tool_version=None),
    plugin(tenants=[]),
    tenant(allowed_action_types=[]),
    definition(is_active=False),
    situation(enabled=False),
    settings(flags={"agent-action-approval": OFF, "plugin-risk-guard": OFF}),
    tenant(automation_enabled=False),
    tenant(approval_required=True),
    definition(requires_approval=True),
    tenant(canary_percentage=0.0),
    definition(impact_level=RiskLevel.CRITICAL),
    action(confidence=None),
    action(repaired=True),
    situation(hour=10),
    situation(day=50),
    situation(history=FIRST),
    settings(definitions={}),
    settings(tenants={}),
    settings(plugins={}),
]
"""Each objects in a place of its own; the last three take the places away."""
TAKING = range(len(ADDABLE) - 3, len(ADDABLE))


def with_all(chosen: set[int]) -> Situation:
    at = Situation()
    for index in sorted(chosen):
        at = ADDABLE[index](at)
    return at


@given(st.sets(st.sampled_from(range(len(ADDABLE)))))
def test_the_gravest_objection_decides(chosen: set[int]) -> None:
    at = with_all(chosen)
    gravest = max((VERDICTS[code] for code in at.codes), key=GRAVITY.index, default=GRAVITY[0])
    assert at.assessed.verdict is gravest
    assert bool(at.codes) is bool(chosen)


@given(
    st.sets(st.sampled_from(range(len(ADDABLE)))),
    st.sampled_from([i for i in range(len(ADDABLE)) if i not in TAKING]),
)
def test_an_objection_more_never_makes_the_verdict_milder(chosen: set[int], more: int) -> None:
    before, after = with_all(chosen), with_all(chosen | {more})
    assert before.codes <= after.codes
    assert GRAVITY.index(before.assessed.verdict) <= GRAVITY.index(after.assessed.verdict)


@given(st.sets(st.sampled_from(range(len(ADDABLE)))), st.sampled_from(list(TAKING)))
def test_what_is_unknown_never_runs_by_itself(chosen: set[int], taken: int) -> None:
    assert with_all(chosen | {taken}).assessed.verdict is not Verdict.AUTO_APPROVE


@given(st.sets(st.sampled_from(range(len(ADDABLE)))))
def test_only_what_may_still_run_takes_a_place_in_the_limits(chosen: set[int]) -> None:
    at = with_all(chosen)
    over = bool(at.codes & {"limit_hour", "limit_day"})
    open_ = at.assessed.verdict in (Verdict.AUTO_APPROVE, Verdict.NEEDS_APPROVAL)
    assert at.assess().reserve is (open_ and not over)
    assert at.assessed.limits["reserved"] is at.assess().reserve


@given(st.sets(st.sampled_from(range(len(ADDABLE)))))
def test_the_verdict_can_be_computed_again_from_what_it_carries(chosen: set[int]) -> None:
    at = with_all(chosen)
    event = at.assessed
    assert event.facts.settings_version == at.snapshot.version
    assert event.facts.counters["tenant:hour"] == at.hour
    assert event.facts.counters["tenant:day"] == at.day
    again = replace(at, action=Drafted(**{n: getattr(event, n) for n in Drafted.model_fields}))
    assert again.assessed == event


# --- what is told --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "state", "approval"),
    [
        (action(trace_id=None), State.HALTED, None),
        (settings(plugins={}), State.MANUAL, None),
        (plugin(version="9.9"), State.MANUAL, None),
        (plugin(tenants=[]), State.MANUAL, None),
        (tenant(allowed_action_types=[]), State.DENIED, ApprovalState.REJECTED),
        (definition(is_active=False), State.DENIED, ApprovalState.REJECTED),
    ],
)
def test_what_assessment_ends_is_told_by_it(
    change: Change, state: State, approval: ApprovalState | None
) -> None:
    outputs = change(Situation()).assess().outputs
    assert [output.topic for output in outputs] == [Topic.ASSESSED, Topic.STATE_CHANGED]
    told = outputs[1].event
    assert isinstance(told, StateChanged)
    assert (told.state, told.approval_state) == (state, approval)
    assert told.reason is not None


def test_a_missing_trace_halts_whatever_else_a_person_would_be_left() -> None:
    at = settings(plugins={})(action(trace_id=None)(Situation()))
    told = at.assess().outputs[1].event
    assert isinstance(told, StateChanged)
    assert told.state is State.HALTED


def test_only_a_person_is_asked_with_a_plan_and_a_deadline() -> None:
    asked = tenant(approval_required=True)(Situation()).assessed.approval_plan
    assert [stage.role for stage in asked.stages] == ["approver"]
    assert asked.expires_at is not None
    assert asked.expires_at > START
    assert Situation().assessed.approval_plan.stages == []


# --- permission ----------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
RATES = st.builds(Rate, TEXTS, st.integers(0, 9), st.integers(0, 9), st.booleans())
ASKED = st.lists(TEXTS, max_size=3).map(tuple)
PERMISSIONS = st.builds(
    Permission,
    st.sampled_from(list(PermissionState)),
    TEXTS,
    st.none() | TEXTS,
    st.none() | st.datetimes(timezones=st.just(UTC)),
    ASKED,
    st.none() | RATES,
)


@given(PERMISSIONS, st.lists(TEXTS, max_size=3))
def test_the_log_alone_gives_the_same_verdict_again(
    permission: Permission, needed: list[str]
) -> None:
    """What the verdict says of its facts, read back from its record, decides as they did."""
    at = both_of(plugin(permissions=needed), answered(permission))(Situation())
    logged = decode(Topic.ASSESSED, encode(at.assessed))
    assert isinstance(logged, Assessed)
    again = replace(at, permission=permission_of(logged.facts.iam))
    assert again.assessed.verdict is at.assessed.verdict
    assert again.codes == at.codes
    assert permission.state is PermissionState.NOT_NEEDED or again.permission == permission


@given(st.dictionaries(st.sampled_from(["state", "at", "asked", "rate", "policy"]), st.text()))
def test_a_permission_nobody_can_read_is_none(facts: dict[str, Any]) -> None:
    assert permission_of(facts).state is PermissionState.UNAVAILABLE


# --- canary --------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SHARES = st.floats(0, 1)


def of(tenant_id: str, response: str, **fields: Any) -> Drafted:
    values = {"tenant_id": TenantId(tenant_id), "response_id": response, **fields}
    return DRAFTED.model_copy(update=values)


@given(NAMES, NAMES, SHARES, SHARES)
def test_raising_the_canary_only_adds(tenant_id: str, response: str, a: float, b: float) -> None:
    small, large = sorted((a, b))
    response_drafted = of(tenant_id, response)
    if in_canary(response_drafted, small):
        assert in_canary(response_drafted, large)
    assert in_canary(response_drafted, 1.0)
    assert not in_canary(response_drafted, 0.0)


@given(NAMES, NAMES, SHARES)
def test_a_response_is_in_the_canary_with_all_its_actions(
    tenant_id: str, response: str, share: float
) -> None:
    first = of(tenant_id, response)
    other = of(tenant_id, response, index=3, revision=2, params={"x": 1}, trace_id="0" * 32)
    assert in_canary(first, share) is in_canary(other, share)


def test_the_canary_does_not_move_between_releases() -> None:
    """These are in and out for ever: a new hash would change who is admitted."""
    places = [in_canary(of("acme", f"r{n}"), 0.5) for n in range(16)]
    assert "".join("x" if place else "." for place in places) == "...xxxxx.xx..xx."


def test_the_canary_admits_about_the_share_it_says() -> None:
    admitted = sum(in_canary(of("acme", f"response-{n}"), 0.3) for n in range(4_000))
    assert 1_080 < admitted < 1_320
