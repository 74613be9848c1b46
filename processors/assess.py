"""Assess: may this run without a person? Every check that objects says so, by code.

The gravest objection decides. Nothing objecting means `auto_approve`; nothing here ever
turns an objection of another check around. Operators' policies object like any check.

In two steps, since what an action asks of which windows has to be known before they are locked:
`examine`, then `decide` against what they hold by now.
"""

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from processors.checks import CHECKS, LEFT_TO_A_PERSON, AssessFacts, Case
from processors.impact import Considered, impact
from processors.limits import Asking, Counters, as_told, demands, over
from processors.policies import Consulted, PolicyCase, Windows, consult, danger_labels
from processors.sensitive import with_sensitive_labels
from processors.transitions import changed, transition
from schemas.continuation import continued
from schemas.events import ApprovalPlan, ApprovalStage, Assessed, Drafted, Facts, Reason
from schemas.names import Topic, Verdict
from schemas.output import Output
from schemas.sequence import Rank, sequence
from schemas.states import ApprovalState, State


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict's event, and whether it takes what it asks of its windows: all or nothing."""

    outputs: list[Output]
    reserve: bool


_GRAVITY = (
    Verdict.AUTO_APPROVE,
    Verdict.NEEDS_APPROVAL,
    Verdict.NEEDS_INFORMATION,
    Verdict.DENY,
    Verdict.HALT,
)


def process(
    action: Drafted, facts: AssessFacts, counters: Counters = MappingProxyType({})
) -> Assessment:
    """Both steps at once, where nobody else takes of the windows meanwhile."""
    return decide(examine(action, facts), counters)


def decide(case: Case, counters: Counters) -> Assessment:
    """The verdict, with every reason for it. `counters`: what the windows hold before it."""
    facts = case.facts
    action = case.action
    policies = consult(facts.settings.policies, _policy_case(case, counters))
    objections = [
        (verdict, Reason(code=code, text=text))
        for code, verdict, objects, text in CHECKS
        if objects(case)
    ]
    no_room = over(case.demands, counters)
    objections += [(Verdict.NEEDS_APPROVAL, reason) for reason in no_room]
    objections += policies.objections
    # Stable, so that within a gravity the table's order stays and policies come last.
    objections.sort(key=lambda objection: _GRAVITY.index(objection[0]), reverse=True)
    verdict = objections[0][0] if objections else Verdict.AUTO_APPROVE
    reasons = [*(reason for _, reason in objections), *policies.errors]
    reserve = not no_room and verdict in (Verdict.AUTO_APPROVE, Verdict.NEEDS_APPROVAL)
    assessed = continued(
        Assessed,
        action,
        sequence(action.revision, Rank.ASSESS),
        verdict=verdict,
        reasons=reasons,
        impact=case.impact,
        limits={"reserved": reserve, "windows": as_told(case.demands, counters)},
        approval_plan=_plan(verdict, facts, policies),
        facts=Facts(
            settings_version=facts.settings.version,
            now=facts.now,
            policy_version=policies.version,
            counters={key[1]: counters.get(key[1], 0) for _, key, _ in case.demands},
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
            if "trace_missing" not in codes and codes & LEFT_TO_A_PERSON:
                return State.MANUAL
            return State.HALTED
        case _:
            return None


def examine(action: Drafted, facts: AssessFacts) -> Case:
    """What is known of the action, its impact, and what it asks of which windows."""
    settings = facts.settings
    known = settings.tenant(action.tenant_id)
    tenant = known or facts.tenant_defaults
    definition = settings.definition(action.action_type)
    plugin = settings.plugin(action.tool, action.tool_version)
    action = with_sensitive_labels(action, plugin)
    told = impact(
        Considered(
            action,
            definition,
            plugin,
            facts.now,
            settings.flag("plugin-risk-guard"),
            settings.labels,
            tenant,
            facts.history,
        )
    )
    return Case(
        action=action,
        known_tenant=known is not None,
        tenant=tenant,
        definition=definition,
        plugin=plugin,
        impact=told,
        demands=demands(
            Asking(action, tenant, definition, plugin, told.affected_resources, facts.now)
        ),
        facts=facts,
    )


def _policy_case(case: Case, counters: Counters) -> PolicyCase:
    """What policies look at. Nobody supplies a history yet."""
    return PolicyCase(
        action=case.action,
        impact=case.impact,
        now=case.facts.now,
        labels=danger_labels(case.action, case.definition, case.plugin),
        known_tenant=case.known_tenant,
        safety_mode=case.tenant.safety_mode,
        windows=Windows(
            hour_used=counters.get("tenant:hour", 0),
            hour_max=case.tenant.max_actions_per_hour,
            day_used=counters.get("tenant:day", 0),
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
