"""What the rules of all packs together say of one action."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.policies import PolicyVerdict, decide
from processors.policies.scope import JOINED, scope_of
from schemas.events import ApprovalStage
from schemas.settings import PolicyEffect, PolicyRule
from tests.unit.policies.make import ALLOW, DENY, REQUIRE, case, decided, pack, proposing, rule

YES, NO, ERRS = "true", "false", "params.nothing == 1"
DENIES, ASKS, ALLOWS = (rule(e.value, YES, e) for e in (DENY, REQUIRE, ALLOW))


def test_without_packs_policies_say_nothing() -> None:
    assert decide([], case()) == PolicyVerdict()
    assert decided() == PolicyVerdict()


@pytest.mark.parametrize(
    ("rules", "effect"),
    [
        ([ALLOWS], ALLOW),
        ([ALLOWS, ASKS], REQUIRE),
        ([ALLOWS, ASKS, DENIES], DENY),
        ([rule("a", NO, ALLOW)], REQUIRE),
        ([rule("d", NO, DENY)], REQUIRE),
        ([rule("d", NO, DENY), ALLOWS], ALLOW),
    ],
)
def test_deny_overrides_then_require_then_allow_else_require(
    rules: list[PolicyRule], effect: PolicyEffect
) -> None:
    assert decided(*rules).effect is effect
    assert decided(*reversed(rules)).effect is effect


@pytest.mark.parametrize(
    "scope", [{"tenants": ["other"]}, {"types": ["other"]}, {"tools": ["other"]}]
)
def test_a_pack_covers_only_what_a_rule_is_about(scope: dict[str, Any]) -> None:
    assert decided(rule("d", YES, DENY, **scope)).effect is None
    assert decided(rule("d", NO, DENY, **scope), rule("e", NO, DENY)).effect is REQUIRE


def test_a_scope_names_any_of_several() -> None:
    scope = {"tenants": ["x", "acme"], "types": ["create_task"], "tools": ["y", "create_task"]}
    assert decided(rule("d", YES, DENY, **scope)).effect is DENY


@pytest.mark.parametrize("effect", [DENY, REQUIRE])
def test_a_blocking_rule_that_errs_counts_as_matched(effect: PolicyEffect) -> None:
    verdict = decided(rule("e", ERRS, effect), ALLOWS)
    assert verdict.effect is effect
    assert [(e.rule, e.text) for e in verdict.errors] == [
        ("p/e", 'Key not found in map : "nothing"')
    ]


def test_an_allowing_rule_that_errs_counts_as_unmatched() -> None:
    verdict = decided(rule("e", ERRS, ALLOW))
    assert verdict.effect is REQUIRE
    assert [e.rule for e in verdict.errors] == ["p/e"]


def test_what_is_no_boolean_is_an_error() -> None:
    about = proposing(a="true")
    assert decided(rule("a", "params.a", ALLOW), about=about).effect is REQUIRE
    assert decided(rule("d", "params.a", DENY), ALLOWS, about=about).effect is DENY


def test_approvals_combine() -> None:
    verdict = decided(
        rule("a", YES, REQUIRE, stages=[{"role": "manager"}, {"role": "security"}], sla_s=300),
        rule("b", YES, REQUIRE),
        rule("c", NO, REQUIRE, stages=[{"role": "nobody"}], sla_s=1),
        rule("d", YES, REQUIRE, stages=[{"role": "finance"}, {"role": "manager", "quorum": 2}]),
        rule("e", YES, REQUIRE, sla_s=60),
    )
    assert verdict.stages == (
        ApprovalStage(role="manager", quorum=2),
        ApprovalStage(role="security", quorum=1),
        ApprovalStage(role="finance", quorum=1),
    )
    assert verdict.sla_s == 60


def test_packs_are_asked_by_name_and_named_in_what_matched() -> None:
    packs = [pack(DENIES, name="z", version="9"), pack(ASKS, name="a", version="2")]
    matched = decide(packs, case()).matched
    assert [(m.pack, m.version, m.rule, m.effect) for m in matched] == [
        ("a", "2", "require_approval", REQUIRE),
        ("z", "9", "deny", DENY),
    ]


def test_the_text_for_people_is_the_reason_else_the_description() -> None:
    told = [
        rule("a", YES, DENY, reason="Nunca", description="Never"),
        rule("b", YES, DENY, description="Never"),
        rule("c", YES, DENY),
    ]
    reasons = [match.reason for match in decided(*told).matched]
    assert reasons == ["Nunca", "Never", "the rule c matches"]


def test_shadow_rules_are_recorded_and_cover_nothing() -> None:
    verdict = decided(rule("s", YES, DENY, mode="shadow"), rule("t", ERRS, DENY, mode="shadow"))
    assert verdict.effect is None
    assert [match.rule for match in verdict.shadow] == ["s", "t"]
    assert [(error.rule, error.shadow) for error in verdict.errors] == [("p/t", True)]


# --- any rules ---------------------------------------------------------------------------------

conditions = st.sampled_from(
    [YES, NO, ERRS, "params.importe > 10", "params.titulo == 'Hola' // why", "params.titulo"]
)
effects = st.sampled_from(list(PolicyEffect))
modes = st.sampled_from(["enforce", "shadow"])
scopes = st.sampled_from([{}, {"types": ["create_task"]}, {"tools": ["other"]}])


@st.composite
def rule_lists(draw: st.DrawFn, most: int = 8) -> list[PolicyRule]:
    drawn = draw(st.lists(st.tuples(conditions, effects, modes, scopes), max_size=most))
    return [rule(f"r{i}", w, e, mode=m, **s) for i, (w, e, m, s) in enumerate(drawn)]


@given(rule_lists(), st.lists(st.integers(0, 60), min_size=8, max_size=8), st.booleans())
def test_asking_at_once_decides_as_asking_one_by_one(
    rules: list[PolicyRule], places: list[int], among_others: bool
) -> None:
    if among_others:
        at = dict(zip(sorted(places), rules, strict=False))
        rules = [at.get(i) or rule(f"no{i}", NO, DENY) for i in range(61)]
    together = decided(*rules)
    by_one = [decide([pack(said)], case()) for said in rules]
    assert [m.rule for m in together.matched] == [m.rule for one in by_one for m in one.matched]
    assert [e.text for e in together.errors] == [e.text for one in by_one for e in one.errors]
    assert [m.rule for m in together.shadow] == [m.rule for one in by_one for m in one.shadow]


def test_a_comment_at_the_end_hides_no_other_rule() -> None:
    first, second = rule("a", "false // why", DENY), rule("b", "true\n && true", DENY)
    assert [match.rule for match in decided(first, second).matched] == ["b"]


def test_hundreds_of_rules_at_their_longest_are_still_asked_at_once() -> None:
    when = "params.titulo == '" + "x" * 1_900 + "'"
    rules = [rule(f"r{i}", when, DENY) for i in range(499)]
    compiled = pack(*rules, ALLOWS)
    joined = scope_of(compiled.rules).joined
    assert sum(len(together.rules) for together in joined) == 499
    assert len(joined) == -(-499 // JOINED)
    assert decide([compiled], case()).effect is ALLOW


def test_loops_that_share_a_budget_are_then_asked_alone() -> None:
    loop = "!params.n.all(x, x >= 0)"
    rules = [rule(f"r{i}", loop, DENY) for i in range(20)]
    assert decided(*rules, ALLOWS, about=proposing(n=list(range(900)))).effect is ALLOW
