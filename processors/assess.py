"""Assess: may this run without a person? Every check that objects says so, by code.

The gravest objection decides. Nothing objecting means `auto_approve`; nothing here ever
turns an objection of another check around. Operators' policies object like any check.

In two steps, since what an action asks of which windows has to be known before they are locked:
`examine`, then `decide` against what they hold by now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from types import MappingProxyType

from processors.capability import Capable, capable
from processors.checks import CHECKS, LEFT_TO_A_PERSON, AssessFacts, Case, with_pointers
from processors.facts import recorded
from processors.impact import Considered, Raised, impact, raised
from processors.limits import Asking, Counters, as_told, demands, over
from processors.policies import Consulted, PolicyCase, Windows, consult, danger_labels
from processors.scheduling import later
from processors.sensitive import Hidden, sensitive_texts, unquoted
from processors.transitions import changed, transition
from processors.untrusted import with_untrusted_labels
from schemas.continuation import continued
from schemas.events import ApprovalPlan, ApprovalStage, Assessed, Drafted, Reason
from schemas.names import Topic, Verdict
from schemas.output import Output
from schemas.sequence import Rank, sequence
from schemas.states import ApprovalState, State


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict's event, and whether it takes what it asks of its windows: all or nothing."""

    assessed: Assessed
    outputs: list[Output]
    """It, and the state change where it ends here."""
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
    able = capable(with_untrusted_labels(action), facts.settings)
    return decide(examine(able, facts), counters)


def decide(case: Case, counters: Counters) -> Assessment:
    """The verdict, with every reason for it. `counters`: what the windows hold before it."""
    facts = case.facts
    action = case.action
    told = _teller(case)
    policies = consult(facts.settings.policies, _policy_case(case, counters), told)
    objections = _objections(case, told)
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
        facts=recorded(
            facts,
            {key[1]: counters.get(key[1], 0) for _, key, _ in case.demands},
            policies,
            known_tenant=case.known_tenant,
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
        if state is State.NEEDS_INFORMATION:
            change = change.model_copy(update={"errors": list(case.missing)})
        outputs.append(changed(change))
    return Assessment(assessed, outputs, reserve)


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


def examine(able: Capable, facts: AssessFacts, found: Sequence[Raised] | None = None) -> Case:
    """What is known of the action, its impact, and what it asks of which windows. The action has
    its untrusted labels: they take long, and are no business of a transaction.

    Args:
        found: what `measured` said under the same settings, where it was asked before.
    """
    considered = _considered(able, facts)
    action, tenant = considered.action, considered.tenant
    definition, plugin = considered.definition, considered.plugin
    told = impact(considered, found)
    return Case(
        action=action,
        known_tenant=facts.settings.tenant(action.tenant_id) is not None,
        tenant=tenant,
        definition=definition,
        plugin=plugin,
        impact=told,
        demands=demands(
            Asking(action, tenant, definition, plugin, told.affected_resources, facts.now)
        ),
        facts=facts,
        lacks=able.lacks,
        missing=able.missing,
        hidden=able.hidden,
        hides_short=able.hides_short,
    )


def measured(able: Capable, facts: AssessFacts) -> Sequence[Raised]:
    """What the parameters' size and content raise the risk to: all that takes longer with them.
    Of the facts it looks at the settings and at nothing else."""
    return raised(_considered(able, facts))


def _considered(able: Capable, facts: AssessFacts) -> Considered:
    settings, action = facts.settings, able.action
    return Considered(
        action,
        settings.definition(action.action_type),
        able.plugin,
        facts.now,
        settings.flag("plugin-risk-guard"),
        settings.labels,
        settings.tenant(action.tenant_id) or facts.tenant_defaults,
        facts.history,
    )


def _policy_case(case: Case, counters: Counters) -> PolicyCase:
    """What policies look at."""
    return PolicyCase(
        action=case.action,
        impact=case.impact,
        now=case.facts.now,
        later=later(case.action.not_before, case.facts.now),
        labels=danger_labels(case.action, case.definition, case.plugin, case.impact),
        known_tenant=case.known_tenant,
        safety_mode=case.tenant.safety_mode,
        windows=Windows(
            hour_used=counters.get("tenant:hour", 0),
            hour_max=case.tenant.max_actions_per_hour,
            day_used=counters.get("tenant:day", 0),
            day_max=case.tenant.max_actions_per_day,
        ),
        history=case.facts.history.for_conditions(),
    )


def _objections(case: Case, told: Callable[[str], str]) -> list[tuple[Verdict, Reason]]:
    """Those of the table, in its order."""
    found: list[tuple[Verdict, Reason]] = []
    for code, verdict, objects, text in CHECKS:
        if objects(case):
            said = text if isinstance(text, str) else told(text(case))
            found.append((verdict, with_pointers(case, Reason(code=code, text=said))))
    return found


def _teller(case: Case) -> Callable[[str], str]:
    """Makes texts that may quote parameters such as everyone may read. A reason of the table's own
    quotes nobody; what is made for an action may."""

    @cache
    def hidden() -> Hidden:
        if not case.hides_short:
            return case.hidden
        tags = {} if case.plugin is None else case.plugin.sensitive_parameters
        return sensitive_texts(case.action.params, tags)

    return lambda text: unquoted(text, hidden())


def _plan(verdict: Verdict, facts: AssessFacts, policies: Consulted) -> ApprovalPlan:
    """Policies may name others than an approver, and another time."""
    sla_s = facts.approval_sla_s if policies.sla_s is None else policies.sla_s
    if verdict is not Verdict.NEEDS_APPROVAL:
        return _nobody_is_asked(sla_s)
    return ApprovalPlan(
        stages=list(policies.stages) or [ApprovalStage(role="approver", quorum=1)],
        sla_s=sla_s,
        expires_at=facts.now + timedelta(seconds=sla_s),
    )


@lru_cache(maxsize=64)
def _nobody_is_asked(sla_s: int) -> ApprovalPlan:
    """Made once: an event never changes."""
    return ApprovalPlan(sla_s=sla_s)
