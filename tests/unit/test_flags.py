"""Off is never less safe than on: whatever the situation, and whatever else is off."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors import draft
from processors.draft import DraftFacts
from processors.snapshot import FLAGS, Snapshot
from schemas.events import Drafted, LlmResponse
from schemas.ledger import Go
from schemas.names import RiskLevel, TenantId, Verdict
from schemas.settings import Flag, PluginSpec
from schemas.working import Gate
from tests.stories import ACME, START
from tests.unit import test_capability as capability
from tests.unit import test_effects as claims
from tests.unit.test_assess_checks import (
    ADDABLE,
    GRAVITY,
    SETTINGS,
    Change,
    Situation,
    action,
    both_of,
    plugin,
    with_all,
)

SYSTEM = "ACTION_SYSTEM_ENABLED"
SWITCHES = (*FLAGS, SYSTEM)

SWITCHED = st.sets(st.sampled_from(SWITCHES))


def switched_off(at: Situation, names: set[str]) -> Situation:
    flags = {name: Flag(enabled=name not in names) for name in FLAGS}
    return replace(at, enabled=SYSTEM not in names, snapshot=replace(at.snapshot, flags=flags))


def grave(at: Situation) -> int:
    return GRAVITY.index(at.assessed.verdict)


@given(st.sets(st.sampled_from(range(len(ADDABLE)))), SWITCHED, st.sampled_from(SWITCHES))
def test_switching_anything_off_never_makes_a_verdict_milder(
    chosen: set[int], others: set[str], name: str
) -> None:
    on = switched_off(with_all(chosen), others - {name})
    off = switched_off(with_all(chosen), others | {name})
    assert grave(on) <= grave(off)
    assert on.assessed.impact.risk_score <= off.assessed.impact.risk_score
    if name != "react-action-router":
        assert on.codes <= off.codes


STANDING_IN: list[Change] = [
    plugin(accepts=[], risk_label=RiskLevel.CRITICAL),
    *capability.CHANGES,
    action(params={"titulo": "x", "mail": "ana@example.com"}),
]


@given(st.sets(st.sampled_from(range(len(STANDING_IN)))), SWITCHED, st.sampled_from(SWITCHES))
def test_nor_where_a_candidate_stands_in_with_the_router_on(
    chosen: set[int], others: set[str], name: str
) -> None:
    at = both_of(*(STANDING_IN[i] for i in sorted(chosen)))(Situation())
    on, off = switched_off(at, others - {name}), switched_off(at, others | {name})
    if off.assessed.verdict is Verdict.AUTO_APPROVE:
        assert on.assessed.verdict is Verdict.AUTO_APPROVE
        assert off.assessed.tool == on.assessed.tool
    if off.assessed.tool == on.assessed.tool:
        assert grave(on) <= grave(off)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("agent-action-approval", Verdict.NEEDS_APPROVAL),
        ("plugin-risk-guard", Verdict.NEEDS_APPROVAL),
        ("react-action-router", Verdict.AUTO_APPROVE),
        ("react-actor-telemetry", Verdict.AUTO_APPROVE),
        (SYSTEM, Verdict.NEEDS_APPROVAL),
    ],
)
def test_what_each_does_to_an_action_that_runs_by_itself(name: str, verdict: Verdict) -> None:
    assert switched_off(Situation(), {name}).assessed.verdict is verdict


def test_every_switch_has_a_row_above() -> None:
    assert len(SWITCHES) == 5


# --- what is approved and about to run -----------------------------------------------------

CLAIM_CHANGES: list[Callable[[claims.Situation], claims.Situation]] = [
    change for _, change in (*claims.REFUSING, *claims.DEFERRING)
]


@given(
    st.sampled_from([lambda at: at, *CLAIM_CHANGES]),
    st.sampled_from([Gate.APPROVED, Gate.AUTO_APPROVED]),
    SWITCHED,
    st.sampled_from(SWITCHES),
)
def test_what_would_not_run_with_it_on_does_not_run_with_it_off(
    change: Callable[[claims.Situation], claims.Situation],
    gate: Gate,
    others: set[str],
    name: str,
) -> None:
    at = change(claims.approval(gate=gate)(claims.Situation()))

    def goes(off: set[str]) -> bool:
        flags = {flag: Flag(enabled=flag not in off) for flag in FLAGS}
        snapshot = replace(at.snapshot, flags=flags)
        enabled = at.enabled and SYSTEM not in off
        return isinstance(replace(at, snapshot=snapshot, enabled=enabled).answer(), Go)

    assert not goes(others | {name}) or goes(others - {name})


# --- what is drafted -----------------------------------------------------------------------

TOOLS = {
    name: PluginSpec(tool=name, version="1.0.0", parameters={}, aliases=[f"{name}-alias"])
    for name in ("one", "two", "three")
}
REFERENCES = st.sampled_from(
    [*TOOLS, "one-alias", "two@^1", "three@^2", "nothing", "ones", "two-alias@1.0.0"]
)


@given(REFERENCES, st.lists(REFERENCES, max_size=3))
def test_without_the_router_no_tool_is_drafted_that_was_not_named(
    name: str, candidates: list[str]
) -> None:
    response = LlmResponse(
        response_id="r",
        tenant_id=TenantId(ACME),
        trace_id="0af7651916cd43dd8448eb211c80319c",
        output={"actions": [{"action_type": name, "parameters": {}, "confidence": 0.9}]},
        tool_candidates=candidates,
    )

    def drafted(enabled: bool) -> Drafted:
        flags = {"react-action-router": Flag(enabled=enabled)}
        settings: Snapshot = replace(SETTINGS, plugins=TOOLS, flags=flags)
        event = draft.process(response, DraftFacts(settings, START, "h", None)).outputs[0].event
        assert isinstance(event, Drafted)
        return event

    on, off = drafted(True), drafted(False)
    assert off.degraded_from is None
    if off.tool_version is not None:
        assert (off.tool, off.tool_version) == (on.tool, on.tool_version)
