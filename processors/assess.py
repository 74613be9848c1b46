"""Assess: may this run without a person? Every check that objects says so, by code.

The gravest objection decides. Nothing objecting means `auto_approve`; nothing here ever
turns an objection of another check around. Operators' policies object like any check.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from processors.impact import UNKNOWN, Considered, History, impact
from processors.labels import CONFIDENCE_ASSUMED, RESUMED
from processors.policies import Consulted, PolicyCase, Windows, consult, danger_labels
from processors.risk import stale_label
from processors.sensitive import with_sensitive_labels
from processors.snapshot import Snapshot
from processors.transitions import changed, transition
from schemas.continuation import continued
from schemas.events import (
    ApprovalPlan,
    ApprovalStage,
    Assessed,
    Drafted,
    Facts,
    Impact,
    Reason,
)
from schemas.names import RiskLevel, SafetyMode, Topic, Verdict
from schemas.output import Output
from schemas.sequence import Rank, sequence
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from schemas.states import ApprovalState, State


@dataclass(frozen=True, slots=True)
class Counters:
    """How many actions of the tenant the current windows hold, this one not counted."""

    hour: int
    day: int


@dataclass(frozen=True, slots=True)
class AssessFacts:
    settings: Snapshot
    tenant_defaults: TenantSettings
    system_enabled: bool
    now: datetime
    counters: Counters
    approval_sla_s: int = 120
    history: History = UNKNOWN


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict's event, and whether it takes a place in the tenant's windows."""

    outputs: list[Output]
    reserve: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a check may look at."""

    action: Drafted
    known_tenant: bool
    tenant: TenantSettings
    definition: ActionDefinition | None
    plugin: PluginSpec | None
    impact: Impact
    facts: AssessFacts


_GRAVITY = (
    Verdict.AUTO_APPROVE,
    Verdict.NEEDS_APPROVAL,
    Verdict.NEEDS_INFORMATION,
    Verdict.DENY,
    Verdict.HALT,
)

Check = tuple[str, Verdict, Callable[[Case], bool], str]

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
    return given < case.tenant.auto_approval_threshold


def _not_allowed(case: Case) -> bool:
    allowed = case.tenant.allowed_action_types
    return allowed is not None and case.action.action_type not in allowed


def _not_entitled(case: Case) -> bool:
    plugin = case.plugin
    return plugin is not None and not plugin.serves(case.action.tenant_id)


def _catalogued(case: Case) -> bool:
    """Whether the catalog has the tool at all, in whatever version."""
    return case.facts.settings.plugin(case.action.tool) is not None


def _label_stale(case: Case) -> bool:
    return case.plugin is not None and stale_label(case.plugin, case.facts.settings.labels)


def _version_gone(case: Case) -> bool:
    if case.plugin is None:
        return _catalogued(case)
    return case.plugin.version != case.action.tool_version


CHECKS: tuple[Check, ...] = (
    (
        "trace_missing",
        Verdict.HALT,
        lambda c: c.action.trace_id is None,
        "no trace id: what led to this cannot be followed",
    ),
    (
        "tool_unknown",
        Verdict.HALT,
        lambda c: c.plugin is None and not _catalogued(c),
        "no plugin of the catalog serves this tool",
    ),
    (
        "tool_version_gone",
        Verdict.HALT,
        _version_gone,
        "the catalog no longer has the version this was drafted for",
    ),
    ("tenant_not_entitled", Verdict.HALT, _not_entitled, "the tenant may not use this tool"),
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
        "outside_canary",
        Verdict.NEEDS_APPROVAL,
        lambda c: not in_canary(c.action, c.tenant.canary_percentage),
        "the response is outside the tenant's canary",
    ),
    (
        "not_safe_enough",
        Verdict.NEEDS_APPROVAL,
        _not_safe,
        "the tenant's safety mode leaves this risk to a person",
    ),
    (
        "label_stale",
        Verdict.NEEDS_APPROVAL,
        _label_stale,
        "the tool's source has labelled its risk since the catalog took its label",
    ),
    (
        "below_threshold",
        Verdict.NEEDS_APPROVAL,
        _below_threshold,
        "confidence is not given, or below the tenant's threshold",
    ),
    (
        "repaired",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.action.repaired,
        "the output had to be repaired to be read",
    ),
    (
        "degraded",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.action.degraded_from is not None,
        "another tool stands in place of the one that was named",
    ),
    (
        "resumed",
        Verdict.NEEDS_APPROVAL,
        lambda c: RESUMED in c.action.labels,
        "its trace is a person's word",
    ),
    (
        "has_predecessors",
        Verdict.NEEDS_APPROVAL,
        lambda c: bool(c.action.depends_on),
        "it comes after other actions: approve it once they have ended",
    ),
    (
        "limit_hour",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.facts.counters.hour >= c.tenant.max_actions_per_hour,
        "the tenant's hourly limit is reached",
    ),
    (
        "limit_day",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.facts.counters.day >= c.tenant.max_actions_per_day,
        "the tenant's daily limit is reached",
    ),
)

_LIMITS = frozenset({"limit_hour", "limit_day"})
_LEFT_TO_A_PERSON = frozenset({"tool_unknown", "tool_version_gone", "tenant_not_entitled"})


def process(action: Drafted, facts: AssessFacts) -> Assessment:
    """The verdict, with every reason for it."""
    case = _case(action, facts)
    policies = consult(facts.settings.policies, _policy_case(case))
    objections = [
        (verdict, Reason(code=code, text=text))
        for code, verdict, objects, text in CHECKS
        if objects(case)
    ]
    objections += policies.objections
    # Stable, so that within a gravity the table's order stays and policies come last.
    objections.sort(key=lambda objection: _GRAVITY.index(objection[0]), reverse=True)
    verdict = objections[0][0] if objections else Verdict.AUTO_APPROVE
    reasons = [*(reason for _, reason in objections), *policies.errors]
    over = bool(_LIMITS & {reason.code for reason in reasons})
    reserve = not over and verdict in (Verdict.AUTO_APPROVE, Verdict.NEEDS_APPROVAL)
    assessed = continued(
        Assessed,
        case.action,
        sequence(action.revision, Rank.ASSESS),
        verdict=verdict,
        reasons=reasons,
        impact=case.impact,
        limits={
            "hour": {"used": facts.counters.hour, "max": case.tenant.max_actions_per_hour},
            "day": {"used": facts.counters.day, "max": case.tenant.max_actions_per_day},
            "reserved": reserve,
        },
        approval_plan=_plan(verdict, facts, policies),
        facts=Facts(
            settings_version=facts.settings.version,
            now=facts.now,
            policy_version=policies.version,
            counters={"hour": facts.counters.hour, "day": facts.counters.day},
            policy=policies.record,
            first_time=facts.history.first_time,
            history=facts.history.as_json(),
        ),
    )
    outputs = [Output(Topic.ASSESSED, action.tenant_id, assessed)]
    state = early_end(assessed)
    if state is not None:
        change = transition(
            assessed,
            state,
            Rank.ASSESS,
            facts.now,
            previous=State.DRAFTED,
            reason=reasons[0],
            approval=ApprovalState.REJECTED if state is State.DENIED else None,
            risk=case.impact.risk_level,
        )
        outputs.append(changed(change))
    return Assessment(outputs, reserve)


def early_end(assessed: Assessed) -> State | None:
    """The state assessment itself puts an action in; None when approve goes on with it."""
    match assessed.verdict:
        case Verdict.DENY:
            return State.DENIED
        case Verdict.NEEDS_INFORMATION:
            return State.NEEDS_INFORMATION
        case Verdict.HALT:
            codes = {reason.code for reason in assessed.reasons}
            if "trace_missing" not in codes and codes & _LEFT_TO_A_PERSON:
                return State.MANUAL
            return State.HALTED
        case _:
            return None


def _case(action: Drafted, facts: AssessFacts) -> Case:
    settings = facts.settings
    tenant = settings.tenant(action.tenant_id)
    definition = settings.definition(action.action_type)
    plugin = settings.plugin(action.tool, action.tool_version)
    action = with_sensitive_labels(action, plugin)
    return Case(
        action=action,
        known_tenant=tenant is not None,
        tenant=tenant or facts.tenant_defaults,
        definition=definition,
        plugin=plugin,
        impact=impact(
            Considered(
                action,
                definition,
                plugin,
                facts.now,
                settings.flag("plugin-risk-guard"),
                settings.labels,
                tenant or facts.tenant_defaults,
                facts.history,
            )
        ),
        facts=facts,
    )


def _policy_case(case: Case) -> PolicyCase:
    """What policies look at. Nobody supplies a history yet."""
    counters = case.facts.counters
    return PolicyCase(
        action=case.action,
        impact=case.impact,
        now=case.facts.now,
        labels=danger_labels(case.action, case.definition, case.plugin),
        known_tenant=case.known_tenant,
        safety_mode=case.tenant.safety_mode,
        windows=Windows(
            hour_used=counters.hour,
            hour_max=case.tenant.max_actions_per_hour,
            day_used=counters.day,
            day_max=case.tenant.max_actions_per_day,
        ),
    )


def _plan(verdict: Verdict, facts: AssessFacts, policies: Consulted) -> ApprovalPlan:
    """Policies may name others than an approver, and another time."""
    sla_s = facts.approval_sla_s if policies.sla_s is None else policies.sla_s
    if verdict is not Verdict.NEEDS_APPROVAL:
        return ApprovalPlan(sla_s=sla_s)
    return ApprovalPlan(
        stages=list(policies.stages) or [ApprovalStage(role="approver", quorum=1)],
        sla_s=sla_s,
        expires_at=facts.now + timedelta(seconds=sla_s),
    )
