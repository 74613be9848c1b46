"""What assessment tells of an action's risk: labels made anew, parts, and its history."""

from dataclasses import replace

from processors.assess import process
from processors.checks import AssessFacts
from processors.impact import History
from schemas.events import Assessed
from schemas.names import RiskLevel
from tests.stories import START
from tests.unit.test_assess_checks import OPEN, SETTINGS, Situation, action, both_of, plugin

FACTS = AssessFacts(
    settings=SETTINGS,
    tenant_defaults=OPEN,
    system_enabled=True,
    now=START,
)


def test_labels_tell_what_the_parameters_hold_and_nothing_that_was_forged() -> None:
    at = both_of(
        plugin(sensitive_parameters={"/a": "pii"}),
        action(params={"a": 1, "b": "eva@example.com"}, labels=["format:x", "pii:iban"]),
    )(Situation())
    assert at.assessed.labels == ["format:x", "pii:email", "tag:pii"]
    assert "personal" in {part.name for part in at.assessed.impact.parts}


def test_a_secret_among_the_parameters_is_high_risk() -> None:
    at = action(params={"note": "AKIAIOSFODNN7EXAMPLE"})(Situation())
    assert at.assessed.impact.risk_level is RiskLevel.HIGH
    assert at.codes == {"not_safe_enough", "sensitive"}


def test_the_history_that_counted_is_among_the_facts() -> None:
    known = replace(FACTS, history=History(first_time=False, recent_failures=2, typical_ms=90))
    unknown, event = (
        process(Situation().action, facts).outputs[0].event for facts in (FACTS, known)
    )
    assert isinstance(event, Assessed)
    assert isinstance(unknown, Assessed)
    assert event.facts.first_time is False
    assert event.facts.history == {"recent_failures": 2, "typical_ms": 90, "successes": 0}
    assert event.impact.estimated_duration_ms == 90
    assert unknown.facts.first_time is None
    assert {p.name for p in event.impact.parts} ^ {p.name for p in unknown.impact.parts} == {
        "first_time",
        "failed",
    }
