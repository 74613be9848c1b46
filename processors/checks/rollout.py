"""Whether the staged rollout has reached this tenant and this type by now."""

from processors.checks.case import Case, Check
from processors.rollout import any_held, outside
from schemas.names import Verdict


def _outside(case: Case) -> bool:
    action = case.action
    return outside(case.facts.settings, action.tenant_id, action.action_type, case.facts.now)


ROLLOUT: tuple[Check, ...] = (
    (
        "rollout_held",
        Verdict.NEEDS_APPROVAL,
        lambda c: any_held(c.facts.settings),
        "the staged rollout is held",
    ),
    (
        "outside_rollout",
        Verdict.NEEDS_APPROVAL,
        _outside,
        "the staged rollout has not reached this action type for this tenant",
    ),
)
