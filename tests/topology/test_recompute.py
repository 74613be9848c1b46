"""A verdict can be computed again from the log alone: its event and the settings it names."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.settings import Settings
from processors.checks import AssessFacts
from processors.facts import recorded, restored
from processors.impact import History
from processors.permission import NOT_NEEDED, Permission, PermissionState, Rate, unavailable
from processors.policies import Consulted
from processors.recompute import recomputed
from processors.snapshot import Snapshot
from schemas.codec import decode, encode
from schemas.events import Assessed
from schemas.names import SettingKind, Topic, Verdict
from schemas.settings import TenantSettings
from tests.examples import examples
from tests.topology.traffic import (
    AT,
    FOUND,
    GLOBAL_CHANGES,
    OPEN,
    PARAMS,
    PROPOSALS,
    TENANT_SETTINGS,
    Change,
    Proposal,
    Run,
)

TENANTS = ("a", "b", "nobody")
Step = Change | tuple[str, Proposal]
_PROPOSE: st.SearchStrategy[Step] = st.tuples(st.sampled_from(["a", "a", *TENANTS]), PROPOSALS)
_CHANGE: st.SearchStrategy[Step] = GLOBAL_CHANGES | st.tuples(
    st.just(SettingKind.TENANT), st.sampled_from(TENANTS[:2]), TENANT_SETTINGS
)
# Drawn by weight: alternatives of `one_of` would be as many settings as there are kinds.
STEPS = st.lists(
    st.sampled_from([_PROPOSE] * 5 + [_CHANGE]).flatmap(lambda step: step), min_size=4, max_size=20
)
ENVIRONMENTS = st.sampled_from(
    [
        *[Settings()] * 4,
        Settings(action_system_enabled=False),
        Settings(approval_sla_s=7, max_actions_per_hour=1, auto_approval_threshold=0.1),
    ]
)


def assessed(run: Run) -> list[Assessed]:
    """The verdicts as anybody reads them from the topic."""
    return [event for event in run.events(Topic.ASSESSED) if isinstance(event, Assessed)]


@settings(max_examples=examples(), deadline=None, phases=FOUND)
@given(ENVIRONMENTS, STEPS)
def test_any_verdict_is_made_again_from_its_event_and_the_settings_log(
    environment: Settings, steps: list[Step]
) -> None:
    run = Run(environment)
    run.publish((SettingKind.TENANT, "a", OPEN), (SettingKind.TENANT, "b", OPEN))
    for number, step in enumerate(steps):
        if len(step) == 3:
            run.publish(step)
        else:
            run.propose(step[0], f"r{number}", step[1])
    for event in assessed(run):
        then = run.log.snapshot(event.facts.settings_version)
        again = recomputed(event, then)
        assert again == event
        assert encode(again) == encode(event)


TASK = Proposal("create_task", 0.95, PARAMS["create_task"][0])


@pytest.fixture
def verdict() -> tuple[Assessed, Snapshot]:
    run = Run()
    run.publish((SettingKind.TENANT, "a", {**OPEN, "preapproved_action_types": []}))
    run.propose("a", "r", TASK)
    [event] = assessed(run)
    assert event.verdict is Verdict.NEEDS_APPROVAL
    return event, run.log.newest


def test_a_changed_fact_is_another_verdict(verdict: tuple[Assessed, Snapshot]) -> None:
    event, then = verdict
    facts = event.facts.model_copy(update={"first_time": False})
    again = recomputed(event.model_copy(update={"facts": facts}), then)
    assert again.verdict is Verdict.AUTO_APPROVE


def test_settings_of_another_version_are_refused(verdict: tuple[Assessed, Snapshot]) -> None:
    event, then = verdict
    with pytest.raises(ValueError, match="version"):
        recomputed(event, replace(then, version=then.version + 1))


def test_what_cannot_be_read_is_refused(verdict: tuple[Assessed, Snapshot]) -> None:
    event, then = verdict
    facts = event.facts.model_copy(update={"counters": {"hour": "many"}})
    with pytest.raises(ValueError, match="counters"):
        recomputed(event.model_copy(update={"facts": facts}), then)


def test_facts_of_an_older_release_are_read_as_shipped(verdict: tuple[Assessed, Snapshot]) -> None:
    event, then = verdict
    older = event.facts.model_copy(update={"process": None, "history": None})
    again = recomputed(event.model_copy(update={"facts": older}), then)
    assert (again.verdict, again.reasons) == (event.verdict, event.reasons)


FACTS = st.builds(
    AssessFacts,
    settings=st.just(Snapshot(version=7)),
    tenant_defaults=st.sampled_from(
        [
            TenantSettings(),
            TenantSettings(max_actions_per_day=3, domains=["a.example"]),
            TenantSettings.model_validate(
                {"working_hours": {"timezone": "Europe/Madrid", "from": "09:00", "to": "18:00"}}
            ),
        ]
    ),
    system_enabled=st.booleans(),
    now=st.just(AT),
    approval_sla_s=st.integers(1, 31_622_400),
    history=st.builds(
        History,
        st.none() | st.booleans(),
        st.integers(0, 16),
        st.none() | st.integers(0, 2**60),
        st.integers(0, 2**60),
    ),
    permission=st.sampled_from(
        [
            NOT_NEEDED,
            unavailable("timeout", ("a:b",)),
            Permission(PermissionState.DENIED, "no", "role:x", AT),
            Permission(PermissionState.ALLOWED, "", None, AT, ("a:b",), Rate("r", 9, 60, False)),
        ]
    ),
)
COUNTERS = st.dictionaries(
    st.sampled_from(["tenant:hour", "trace:x:hour", "budget:a:money:day"]), st.integers(0, 2**62)
)


@given(FACTS, COUNTERS)
def test_facts_come_back_as_they_were_written(facts: AssessFacts, counters: dict[str, int]) -> None:
    run = Run()
    run.propose("nobody", "r", TASK)
    [event] = assessed(run)
    written = recorded(facts, counters, Consulted(), known_tenant=False)
    on_the_topic = encode(event.model_copy(update={"facts": written}))
    read = decode(Topic.ASSESSED, on_the_topic)
    assert isinstance(read, Assessed)
    assert restored(read.facts, facts.settings) == (facts, counters)
