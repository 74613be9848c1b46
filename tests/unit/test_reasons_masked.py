"""What everyone may read of a verdict shows nothing that is masked elsewhere."""

import pytest

from processors.assess import Assessment, process
from processors.checks import AssessFacts
from processors.impact import History
from processors.snapshot import Snapshot
from schemas.events import Assessed
from schemas.identity import params_hash
from schemas.names import RiskLevel
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from tests.stories import ACME, START, Story
from tests.unit.test_assess_checks import OPEN

DEFINITION = ActionDefinition(
    action_type="pay",
    name="pay",
    tools=["pay"],
    requires_approval=False,
    impact_level=RiskLevel.LOW,
    resources=["of:{of}"],
    reversible="yes",
)


def assessed(of: str, tags: dict[str, str]) -> Assessed:
    plugin = PluginSpec(
        tool="pay",
        version="1.0.0",
        parameters={},
        risk_label=RiskLevel.LOW,
        sensitive_parameters=tags,
    )
    open_to_none = {"max_touches_per_resource": 0, "preapproved_action_types": ["pay"]}
    settings = Snapshot(
        tenants={ACME: OPEN.model_copy(update=open_to_none)},
        definitions={"pay": DEFINITION},
        plugins={"pay": plugin},
    )
    changes = {
        "action_type": "pay",
        "tool": "pay",
        "tool_version": "1.0.0",
        "params": {"of": of},
        "params_hash": params_hash("pay", "1.0.0", {"of": of}),
    }
    facts = AssessFacts(
        settings=settings,
        tenant_defaults=TenantSettings(),
        system_enabled=True,
        now=START,
        history=History(first_time=False),
    )
    said: Assessment = process(Story().drafted().model_copy(update=changes), facts)
    return said.assessed


@pytest.mark.parametrize(
    ("of", "tags"),
    [
        ("4111111111111111", {}),
        ("4111 1111 1111 1111", {}),
        ("eva@evil.example", {}),
        ("customer-ana-lopez", {"/of": "pii"}),
        ("Ana-" + "x" * 80, {"/of": "pii"}),
    ],
)
def test_a_resource_that_is_sensitive_is_told_by_its_hash(of: str, tags: dict[str, str]) -> None:
    event = assessed(of, tags)
    assert "resource_repeated" in {reason.code for reason in event.reasons}
    shown = [
        *(reason.text for reason in event.reasons),
        *event.limits["windows"],  # type: ignore[misc]
        *event.facts.counters,
    ]
    assert [text for text in shown if of[:16].casefold() in str(text).casefold()] == []
    again = assessed(of.upper(), tags)
    assert list(again.facts.counters) == list(event.facts.counters), "one thing, one window"


def test_one_resource_has_one_window_whatever_else_is_sensitive() -> None:
    tagged, plain = assessed("team-7", {"/of": "pii"}), assessed("Team-7", {})
    assert list(tagged.facts.counters) == list(plain.facts.counters)
    assert plain.impact.affected_resources == ["of:Team-7"]
