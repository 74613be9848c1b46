"""The tool of an action as settings are now: the same, the next candidate, or what is missing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.capability import capable
from processors.sensitive import for_a_person, uncleared
from schemas.events import JsonObject, StateChanged, UserContext
from schemas.identity import params_hash
from schemas.names import RiskLevel, SafetyMode, Verdict
from schemas.settings import ActionDefinition, PluginSpec
from schemas.states import State
from tests.unit.test_assess_checks import (
    DRAFTED,
    OFF,
    PLUGIN,
    TYPE,
    Change,
    Situation,
    action,
    both_of,
    definition,
    plugin,
    settings,
    tenant,
)

TAKES: JsonObject = {
    "type": "object",
    "properties": {"titulo": {"type": "string"}, "n": {"type": "integer"}},
    "required": ["titulo"],
}
WANTS_MORE: JsonObject = {
    "type": "object",
    "properties": {**TAKES["properties"], "cliente": {}, "a/b": {}},  # type: ignore[dict-item]
    "required": ["titulo", "cliente", "a/b"],
}
TAKES_OTHERS: JsonObject = {"type": "object", "properties": {"sku": {}}, "required": ["sku"]}


def tool(name: str, parameters: JsonObject = TAKES, **fields: object) -> PluginSpec:
    return PluginSpec.model_validate(
        {"tool": name, "version": "2.0.0", "parameters": parameters, "risk_label": "low", **fields}
    )


def with_tools(*others: PluginSpec) -> Change:
    return lambda at: replace(
        at,
        snapshot=replace(
            at.snapshot, plugins={**at.snapshot.plugins, **{p.tool: p for p in others}}
        ),
    )


def offered(*others: PluginSpec) -> Change:
    """Tools that upstream offers in place of the one that was drafted."""
    return both_of(with_tools(*others), action(tool_candidates=[p.tool for p in others]))


GONE = plugin(version="9.9")
NOT_OURS = plugin(tenants=["other"])
NOT_CLEARED = both_of(
    plugin(accepts=["pii"], sensitive_parameters={"/titulo": "medical"}),
    tenant(safety_mode=SafetyMode.PERMISSIVE),
)


@pytest.mark.parametrize("change", [GONE, NOT_OURS, NOT_CLEARED])
def test_the_next_candidate_that_takes_the_parameters_stands_in_and_says_so(change: Change) -> None:
    others = [tool("asks_more", WANTS_MORE), tool("others", TAKES_OTHERS), tool("takes")]
    event = both_of(change, offered(*others))(Situation()).assessed
    assert (event.tool, event.tool_version, event.action_type) == ("takes", "2.0.0", "takes")
    assert event.degraded_from == TYPE
    assert event.params == DRAFTED.params
    assert event.params_hash == params_hash("takes", "2.0.0", DRAFTED.params)
    assert event.revision == DRAFTED.revision
    assert event.verdict is Verdict.NEEDS_APPROVAL
    assert "degraded" in {reason.code for reason in event.reasons}


def test_the_other_tools_of_its_type_come_before_what_upstream_offers() -> None:
    at = both_of(
        NOT_OURS,
        offered(tool("offered")),
        with_tools(tool("second"), tool("third")),
        definition(tools=[TYPE, "nowhere", "second", "third"]),
    )(Situation())
    assert (at.assessed.tool, at.assessed.action_type) == ("second", TYPE)


def test_another_version_of_the_tool_is_taken_only_if_it_was_offered() -> None:
    assert GONE(Situation()).assessed.tool_version == DRAFTED.tool_version
    event = both_of(GONE, action(tool_candidates=[TYPE]))(Situation()).assessed
    assert (event.tool, event.tool_version) == (TYPE, "9.9")
    assert event.degraded_from == f"{TYPE}@{DRAFTED.tool_version}"
    assert event.verdict is Verdict.NEEDS_APPROVAL


def test_a_tool_that_can_do_it_is_never_left_for_a_candidate() -> None:
    assert offered(tool("takes"))(Situation()).assessed.tool == TYPE


@pytest.mark.parametrize(
    "other",
    [
        tool("takes", tenants=["other"]),
        tool("takes", TAKES_OTHERS),
        tool("takes", accepts=["pii"], sensitive_parameters={"/titulo": "medical"}),
    ],
)
def test_a_candidate_that_cannot_do_it_either_leaves_it_to_a_person(other: PluginSpec) -> None:
    at = both_of(NOT_OURS, offered(other))(Situation())
    assert (at.assessed.tool, at.assessed.verdict) == (TYPE, Verdict.HALT)
    told = at.assess().outputs[1].event
    assert isinstance(told, StateChanged)
    assert told.state is State.MANUAL


@pytest.mark.parametrize(
    "change",
    [settings(flags={"react-action-router": OFF}), action(compensates=f"{DRAFTED.action_id}.1")],
)
def test_a_literal_name_and_a_compensation_have_no_candidates(change: Change) -> None:
    at = both_of(NOT_OURS, offered(tool("takes")), change)(Situation())
    assert at.assessed.tool == TYPE
    assert at.assessed.verdict is Verdict.HALT


def test_a_candidates_own_type_risk_and_settings_are_what_is_judged() -> None:
    grave = ActionDefinition(
        action_type="pay", name="pay", impact_level=RiskLevel.CRITICAL, tools=["takes"]
    )
    at = both_of(NOT_OURS, offered(tool("takes")))(Situation())
    definitions = {**at.snapshot.definitions, "pay": grave}
    at = tenant(allowed_action_types=[TYPE])(settings(definitions=definitions)(at))
    assert at.assessed.action_type == "pay"
    assert at.assessed.impact.risk_level is RiskLevel.CRITICAL
    assert at.assessed.verdict is Verdict.DENY


def test_what_nothing_can_be_done_without_is_told_by_pointer() -> None:
    at = both_of(NOT_OURS, offered(tool("asks_more", WANTS_MORE)))(Situation())
    event = at.assessed
    assert (event.tool, event.verdict) == ("asks_more", Verdict.NEEDS_INFORMATION)
    assert event.reasons[0].code == "information_missing"
    assert event.reasons[0].text.endswith(": /params/cliente, /params/a~1b")
    told = at.assess().outputs[1].event
    assert isinstance(told, StateChanged)
    assert told.state is State.NEEDS_INFORMATION
    assert [e.pointer for e in told.errors] == ["/params/cliente", "/params/a~1b"]
    assert not at.assess().reserve


@pytest.mark.parametrize(
    ("pointer", "given"),
    [
        ("/user_ctx/user_id", {"user_ctx": UserContext(user_id="ana")}),
        ("/user_ctx/roles", {"user_ctx": UserContext(roles=["buyer"])}),
        ("/context/order/id", {"context": {"order": {"id": 17}}}),
        ("/tenant_ctx", {"tenant_ctx": {"region": "eu"}}),
        ("/thought_id", {"thought_id": "t-1"}),
    ],
)
@pytest.mark.parametrize("empty", [{}, {"user_ctx": UserContext(user_id=" ")}, {"context": {}}])
def test_what_a_tool_requires_of_the_response_is_asked_for(
    pointer: str, given: JsonObject, empty: JsonObject
) -> None:
    requires = plugin(requires=[pointer])(Situation())
    event = action(**empty)(requires).assessed
    assert event.verdict is Verdict.NEEDS_INFORMATION
    assert event.reasons[0].text.endswith(f": {pointer}")
    assert action(**given)(requires).codes == set()


def test_a_missing_trace_or_a_denial_is_graver_than_missing_information() -> None:
    wants = plugin(requires=["/context/order"])
    assert both_of(wants, action(trace_id=None))(Situation()).assessed.verdict is Verdict.HALT
    assert both_of(wants, definition(is_active=False))(Situation()).assessed.verdict is Verdict.DENY


CHANGES = [
    GONE,
    NOT_OURS,
    plugin(requires=["/context/order"]),
    offered(tool("takes")),
    offered(tool("asks_more", WANTS_MORE)),
    offered(tool("asks_more", WANTS_MORE), tool("wants", requires=["/context/order"])),
    settings(plugins={}),
    settings(definitions={}),
    action(compensates="x.1"),
    action(tool_version=None),
]


@given(st.sets(st.sampled_from(range(len(CHANGES)))))
def test_asked_again_of_its_own_answer_it_says_the_same(chosen: set[int]) -> None:
    at = both_of(*(CHANGES[i] for i in sorted(chosen)))(Situation())
    once = capable(at.action, at.snapshot)
    assert capable(once.action, at.snapshot) == once


@given(st.sets(st.sampled_from(range(len(CHANGES)))))
def test_what_stands_in_never_runs_by_itself(chosen: set[int]) -> None:
    at = both_of(*(CHANGES[i] for i in sorted(chosen)))(Situation())
    event = at.assessed
    if (event.tool, event.tool_version) != (at.action.tool, at.action.tool_version):
        assert event.degraded_from is not None
        assert event.verdict is not Verdict.AUTO_APPROVE


@pytest.mark.parametrize(
    ("accepts", "labels", "refused", "asks"),
    [
        (None, ["pii:email", "pii:iban", "pii:phone", "format:x"], [], []),
        (None, ["pii:card", "tag:pii"], [], ["pii:card", "tag:pii"]),
        (None, ["secret:key", "tag:secret"], [], ["secret:key", "tag:secret"]),
        ([], ["pii:email", "format:x"], ["pii:email"], []),
        (["pii"], ["pii:email", "pii:card", "tag:pii", "tag:pii2"], ["tag:pii2"], []),
        (["pii:email"], ["pii:email", "pii:card", "tag:pii"], ["pii:card", "tag:pii"], []),
        (["secret"], ["secret:key", "tag:secret"], [], ["secret:key", "tag:secret"]),
        (["medical"], ["tag:medical", "tag:medical2"], ["tag:medical2"], []),
    ],
)
def test_what_a_tool_is_cleared_for_and_what_a_person_sees_in_any_case(
    accepts: list[str] | None, labels: list[str], refused: list[str], asks: list[str]
) -> None:
    entry = PLUGIN.model_copy(update={"accepts": accepts})
    assert uncleared(labels, entry) == refused
    assert for_a_person(labels, entry) == asks
