"""What operators have set: the system, its flags, the action types and the tenant."""

import hashlib
import math

from processors.checks.case import Case, Check
from processors.labels import CONFIDENCE_ASSUMED
from schemas.events import Drafted
from schemas.names import RiskLevel, SafetyMode, Verdict

SAFE_RISK: dict[SafetyMode, frozenset[RiskLevel]] = {
    SafetyMode.STRICT: frozenset({RiskLevel.LOW}),
    SafetyMode.MODERATE: frozenset({RiskLevel.LOW}),
    SafetyMode.PERMISSIVE: frozenset({RiskLevel.LOW, RiskLevel.MEDIUM}),
}


def in_canary(action: Drafted, percentage: float) -> bool:
    """Whether the response is admitted: stable, and raising the percentage only adds."""
    seed = f"{action.tenant_id}\x1f{action.response_id}".encode()
    place = int.from_bytes(hashlib.sha256(seed).digest()[:8], "big") / 2**64
    return place < percentage


def _first_time(case: Case) -> bool:
    """Unknown counts as the first time. Who pre-approved the type by name knew it would be one."""
    return (
        case.facts.history.first_time is not False
        and case.action.action_type not in case.tenant.preapproved_action_types
    )


def _not_safe(case: Case) -> bool:
    mode = case.tenant.safety_mode
    if case.impact.risk_level not in SAFE_RISK[mode]:
        return True
    return (
        mode is SafetyMode.STRICT
        and case.action.action_type not in case.tenant.preapproved_action_types
    )


def _below_threshold(case: Case) -> bool:
    given = case.action.confidence
    if given is None or CONFIDENCE_ASSUMED in case.action.labels:
        return True
    # What is no number reaches nothing.
    return not given >= case.tenant.auto_approval_threshold or math.isinf(given)


def _not_allowed(case: Case) -> bool:
    allowed = case.tenant.allowed_action_types
    return allowed is not None and case.action.action_type not in allowed


def _why_below(case: Case) -> str:
    given, least = case.action.confidence, case.tenant.auto_approval_threshold
    if given is None:
        said = "no confidence is given"
    elif CONFIDENCE_ASSUMED in case.action.labels:
        said = f"confidence {given:.4g} is assumed, none is given"
    else:
        said = f"confidence {given:.4g} is below it"
    return f"the tenant's threshold is {least:.4g}, {said}"


def _why_not_safe(case: Case) -> str:
    mode, level = case.tenant.safety_mode, case.impact.risk_level
    if level in SAFE_RISK[mode]:
        return f"the tenant's safety mode {mode} lets only pre-approved types run"
    safe = " and ".join(level for level in RiskLevel if level in SAFE_RISK[mode])
    score = case.impact.risk_score
    return f"its risk is {level} ({score}); the tenant's safety mode {mode} lets {safe} run"


SETTINGS: tuple[Check, ...] = (
    (
        "type_not_allowed",
        Verdict.DENY,
        _not_allowed,
        "the tenant's settings do not list this action type",
    ),
    (
        "type_inactive",
        Verdict.DENY,
        lambda c: c.definition is not None and not c.definition.is_active,
        "this action type is switched off",
    ),
    (
        "type_undefined",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.definition is None,
        "no definition says how dangerous this action type is",
    ),
    (
        "system_disabled",
        Verdict.NEEDS_APPROVAL,
        lambda c: not c.facts.system_enabled,
        "the action system is switched off",
    ),
    (
        "approvals_disabled",
        Verdict.NEEDS_APPROVAL,
        lambda c: not c.facts.settings.flag("agent-action-approval"),
        "automatic approval is switched off",
    ),
    (
        "tenant_unknown",
        Verdict.NEEDS_APPROVAL,
        lambda c: not c.known_tenant,
        "the tenant has no settings",
    ),
    (
        "automation_off",
        Verdict.NEEDS_APPROVAL,
        lambda c: not c.tenant.automation_enabled,
        "the tenant's automation is off",
    ),
    (
        "approval_required",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.tenant.approval_required,
        "the tenant wants a person to decide everything",
    ),
    (
        "type_requires_approval",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.definition is not None and c.definition.requires_approval,
        "this action type always needs a person",
    ),
    (
        "first_time",
        Verdict.NEEDS_APPROVAL,
        _first_time,
        "no action of this type has succeeded for this tenant yet, and it is not pre-approved",
    ),
    (
        "below_threshold",
        Verdict.NEEDS_APPROVAL,
        _below_threshold,
        _why_below,
    ),
    (
        "not_safe_enough",
        Verdict.NEEDS_APPROVAL,
        _not_safe,
        _why_not_safe,
    ),
    (
        "outside_canary",
        Verdict.NEEDS_APPROVAL,
        lambda c: not in_canary(c.action, c.tenant.canary_percentage),
        lambda c: (
            f"the response is outside the tenant's canary of {c.tenant.canary_percentage:.4g}"
        ),
    ),
)
