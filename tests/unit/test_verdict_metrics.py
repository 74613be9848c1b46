"""What alerts look at says what was decided."""

from prometheus_client import REGISTRY

from interlock.stages.verdict_metrics import count
from schemas.events import Assessed, Reason
from schemas.names import Verdict
from tests.unit.test_assess_checks import Situation


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def assessed(**changes: object) -> Assessed:
    return Situation().assessed.model_copy(update=changes)


def test_what_does_not_run_alone_is_counted_by_verdict() -> None:
    before = {v: counted("react_action_risk_block_total", verdict=v.value) for v in Verdict}
    count([assessed(), assessed(verdict=Verdict.DENY), assessed(verdict=Verdict.DENY)])
    after = {v: counted("react_action_risk_block_total", verdict=v.value) for v in Verdict}
    assert {v: after[v] - before[v] for v in Verdict if after[v] != before[v]} == {Verdict.DENY: 2}


def test_a_condition_that_cannot_be_computed_is_counted_by_its_rule() -> None:
    broken = Reason(code="policy_error", text="no such key", rule="base/r")
    before = counted("interlock_policy_errors_total", rule="base/r")
    count([assessed(reasons=[broken, Reason(code="policy", text="x", rule="base/r")])])
    assert counted("interlock_policy_errors_total", rule="base/r") - before == 1


def test_another_tool_in_place_of_the_named_one_is_counted() -> None:
    before = counted("react_action_degraded_total")
    count([assessed(degraded_from="crm"), assessed()])
    assert counted("react_action_degraded_total") - before == 1
