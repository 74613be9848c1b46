"""Whether the staged rollout has reached this tenant and this type by now."""

from processors.checks.case import Case, Check
from processors.rollout import Bar, bars
from schemas.names import Verdict


def _barred(case: Case, bar: Bar) -> bool:
    action = case.action
    return bar in bars(case.facts.settings, action.tenant_id, action.action_type, case.facts.now)


ROLLOUT: tuple[Check, ...] = (
    (
        Bar.HELD.value,
        Verdict.NEEDS_APPROVAL,
        lambda c: _barred(c, Bar.HELD),
        "the staged rollout is held",
    ),
    (
        Bar.OUTSIDE.value,
        Verdict.NEEDS_APPROVAL,
        lambda c: _barred(c, Bar.OUTSIDE),
        "the staged rollout has not reached this action type for this tenant",
    ),
)
