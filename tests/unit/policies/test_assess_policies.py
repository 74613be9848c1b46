"""Policies beside assessment's other checks: they add objections and take none away."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from processors.assess import _GRAVITY
from processors.policies import CompiledPack
from schemas.events import ApprovalStage, Assessed, Reason, StateChanged
from schemas.names import Verdict
from schemas.settings import PolicyEffect, PolicyRule
from schemas.states import State
from tests.stories import START
from tests.unit.policies.make import ALLOW, DENY, REQUIRE, pack, rule
from tests.unit.policies.test_decide import rule_lists
from tests.unit.test_assess_checks import Change, Situation, action, tenant

CHECKED: list[Change] = [
    lambda at: at,
    tenant(automation_enabled=False),
    tenant(allowed_action_types=[]),
    action(trace_id=None),
    action(repaired=True),
    action(confidence=None),
]


def under(*packs: CompiledPack, at: Situation | None = None) -> Situation:
    situation = at or Situation()
    policies = {one.name: one for one in packs}
    return replace(situation, snapshot=replace(situation.snapshot, policies=policies))


def assessed(*rules: PolicyRule, at: Situation | None = None) -> Assessed:
    return under(pack(*rules, version="1.2"), at=at).assessed


def test_with_no_policy_all_is_as_it_was() -> None:
    event = Situation().assessed
    assert event.verdict is Verdict.AUTO_APPROVE
    assert (event.facts.policy_version, event.facts.policy) == (None, None)


def test_where_no_rule_is_about_the_action_all_is_as_it_was() -> None:
    event = assessed(rule("d", "true", DENY, types=["other"]))
    assert (event.verdict, event.reasons) == (Verdict.AUTO_APPROVE, [])
    assert event.facts.policy_version == "p@1.2"


def test_what_a_pack_covers_and_no_rule_allows_needs_a_person() -> None:
    event = assessed(rule("d", "false", DENY))
    assert event.verdict is Verdict.NEEDS_APPROVAL
    assert [reason.code for reason in event.reasons] == ["policy_default"]
    assert event.approval_plan.stages == [ApprovalStage(role="approver", quorum=1)]


NIGHT = "now.getHours() >= 20"
LATER = action(not_before=START + timedelta(hours=12))


def test_a_rule_about_the_hour_is_asked_for_now_and_for_when_it_begins() -> None:
    at_night, by_day = rule("night", NIGHT, DENY), rule("day", f"!({NIGHT})", DENY)
    both = rule("both", "true", REQUIRE)
    assert assessed(at_night, rule("a", "true", ALLOW)).verdict is Verdict.AUTO_APPROVE
    at = LATER(Situation())
    assert [r.rule for r in assessed(at_night, both, at=at).reasons] == ["p/night", "p/both"]
    assert [r.rule for r in assessed(by_day, both, at=at).reasons] == ["p/day", "p/both"]


def test_what_is_allowed_at_one_of_two_instants_needs_a_person() -> None:
    for allowed in (NIGHT, f"!({NIGHT})"):
        event = assessed(rule("a", allowed, ALLOW), at=LATER(Situation()))
        assert [reason.code for reason in event.reasons] == ["policy_default"]
    assert assessed(rule("a", "true", ALLOW), at=LATER(Situation())).reasons == []


def test_the_shortest_time_and_the_highest_quorum_of_both_instants_count() -> None:
    lone = {"stages": [{"role": "manager"}], "sla_s": 600}
    two = {"stages": [{"role": "manager", "quorum": 2}], "sla_s": 900}
    rules = rule("d", f"!({NIGHT})", REQUIRE, **lone), rule("n", NIGHT, REQUIRE, **two)
    plan = assessed(*rules, at=LATER(Situation())).approval_plan
    assert [(s.role, s.quorum) for s in plan.stages] == [("manager", 2)]
    assert plan.sla_s == 600


def test_a_denial_ends_the_action_and_says_which_rule() -> None:
    rules = (rule("nunca", "true", DENY, reason="Nunca"), rule("ask", "true", REQUIRE))
    outputs = under(pack(*rules), at=tenant(automation_enabled=False)(Situation())).assess().outputs
    event, change = (output.event for output in outputs)
    assert isinstance(event, Assessed)
    assert isinstance(change, StateChanged)
    assert event.verdict is Verdict.DENY
    assert [reason.rule for reason in event.reasons] == ["p/nunca", None, "p/ask"]
    assert change.state is State.DENIED
    assert change.reason == Reason(code="policy", text="Nunca", rule="p/nunca")


def test_a_rule_says_who_must_agree_and_how_soon() -> None:
    stages = [{"role": "manager"}, {"role": "security", "quorum": 2}]
    event = assessed(rule("ask", "true", REQUIRE, stages=stages, sla_s=600, reason="Mucho"))
    assert event.verdict is Verdict.NEEDS_APPROVAL
    assert event.reasons == [Reason(code="policy", text="Mucho", rule="p/ask")]
    plan = event.approval_plan
    assert [(s.role, s.quorum) for s in plan.stages] == [("manager", 1), ("security", 2)]
    assert (plan.sla_s, plan.expires_at) == (600, START + timedelta(seconds=600))


def test_an_error_is_told_for_an_alert() -> None:
    event = assessed(rule("odd", "params.x > 1", ALLOW), rule("all", "true", ALLOW))
    assert event.verdict is Verdict.AUTO_APPROVE
    assert [(r.code, r.rule) for r in event.reasons] == [("policy_error", "p/odd")]


def test_what_policies_saw_is_recorded() -> None:
    event = assessed(
        rule("all", "true", ALLOW),
        rule("ask", "true", REQUIRE, mode="shadow"),
        rule("odd", "params.x > 1", DENY, mode="shadow"),
    )
    assert (event.verdict, event.reasons) == (Verdict.AUTO_APPROVE, [])
    assert event.facts.policy == {
        "matched": ["p/all"],
        "shadow": [
            {"rule": "p/ask", "effect": "require_approval"},
            {"rule": "p/odd", "effect": "deny"},
        ],
        "errors": [{"rule": "p/odd", "text": 'Key not found in map : "x"'}],
    }


def test_a_pack_of_500_matches_makes_a_short_event() -> None:
    rules = [rule(f"r{i}", "true", REQUIRE, reason="x" * 500) for i in range(499)]
    event = assessed(*rules, rule("no", "true", DENY))
    assert event.verdict is Verdict.DENY
    assert event.reasons[0].rule == "p/no"
    assert len(event.model_dump_json()) < 20_000


def test_conditions_see_what_the_catalog_says_of_the_tool() -> None:
    at = Situation()
    plugin = at.snapshot.plugins["create_task"].model_copy(
        update={"permissions": ["tasks:create"], "sensitive_parameters": {"/titulo": "pii"}}
    )
    at = replace(at, snapshot=replace(at.snapshot, plugins={"create_task": plugin}))
    asked = "['category:general', 'permission:tasks:create', 'sensitive:pii'].all(l, l in labels)"
    assert assessed(rule("d", asked, DENY), at=at).verdict is Verdict.DENY


# --- any rules ---------------------------------------------------------------------------------

situations = st.sampled_from(CHECKED).map(lambda change: change(Situation()))


def gravity(event: Assessed) -> int:
    return _GRAVITY.index(event.verdict)


@given(situations, rule_lists(), st.sampled_from([DENY, REQUIRE]), st.integers(0, 8))
def test_a_blocking_rule_never_makes_a_verdict_milder(
    at: Situation, rules: list[PolicyRule], effect: PolicyEffect, place: int
) -> None:
    for when in ("true", "false", "params.nothing"):
        more = [*rules[:place], rule("added", when, effect), *rules[place:]]
        assert gravity(assessed(*more, at=at)) >= gravity(assessed(*rules, at=at))


@given(situations, rule_lists(), st.sampled_from(["true", "false", "params.nothing"]))
def test_an_allowing_rule_takes_no_other_objection_away(
    at: Situation, rules: list[PolicyRule], when: str
) -> None:
    more = assessed(*rules, rule("added", when, ALLOW), at=at)
    kept = [reason for reason in more.reasons if reason.code != "policy_error"]
    for reason in assessed(*rules, at=at).reasons:
        # Its own word, "nothing allows this", is the only one it may take back.
        assert reason in more.reasons or reason.code == "policy_default"
    alone = at.assessed
    assert all(reason in kept for reason in alone.reasons)
    assert gravity(more) >= gravity(alone)


@given(situations, rule_lists())
def test_shadow_rules_change_nothing(at: Situation, rules: list[PolicyRule]) -> None:
    enforced = [one for one in rules if one.mode.value == "enforce"]
    plain, shadowed = assessed(*enforced, at=at), assessed(*rules, at=at)
    for field in ("verdict", "reasons", "approval_plan"):
        assert getattr(plain, field) == getattr(shadowed, field)
