"""What policies decided, in assessment's words: objections, who must agree, what is recorded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from processors.policies.compiled import CompiledPack
from processors.policies.decide import PolicyVerdict, both, decide
from processors.policies.inputs import PolicyCase
from processors.sensitive import unquoted
from schemas.events import ApprovalStage, JsonObject, Reason
from schemas.names import Verdict
from schemas.settings import PolicyEffect

MOST_TOLD = 20
"""Of each kind, in one event: 500 rules with their reasons would outgrow a record."""

OBJECTS: Mapping[PolicyEffect, Verdict] = {
    PolicyEffect.DENY: Verdict.DENY,
    PolicyEffect.REQUIRE_APPROVAL: Verdict.NEEDS_APPROVAL,
}
"""An allowing rule is not among them: it takes no other check's objection away."""


@dataclass(frozen=True, slots=True)
class Consulted:
    objections: tuple[tuple[Verdict, Reason], ...] = ()
    errors: tuple[Reason, ...] = ()
    """Enforced rules that could not be computed: for an alert, objecting to nothing by
    themselves."""
    stages: tuple[ApprovalStage, ...] = ()
    sla_s: int | None = None
    version: str | None = None
    """`pack@version` of every pack in force; None: there is none."""
    record: JsonObject | None = None


def consult(
    packs: Mapping[str, CompiledPack], case: PolicyCase, told: Callable[[str], str] = unquoted
) -> Consulted:
    """
    Args:
        told: a text that may quote parameters, as everyone may read it.
    """
    if not packs:
        return Consulted()
    verdict = decide(packs.values(), case)
    if case.later is not None:
        verdict = both(verdict, decide(packs.values(), case._replace(now=case.later)))
    if verdict.errors:
        errors = tuple(replace(error, text=told(error.text)) for error in verdict.errors)
        verdict = replace(verdict, errors=errors)
    return Consulted(
        objections=_objections(verdict),
        errors=tuple(
            Reason(code="policy_error", text=error.text, rule=error.rule)
            for error in verdict.errors
            if not error.shadow
        )[:MOST_TOLD],
        stages=verdict.stages,
        sla_s=verdict.sla_s,
        version=",".join(f"{name}@{packs[name].pack.version}" for name in sorted(packs)),
        record=_record(verdict),
    )


def _objections(verdict: PolicyVerdict) -> tuple[tuple[Verdict, Reason], ...]:
    found = [
        (OBJECTS[match.effect], Reason(code="policy", text=match.reason, rule=match.name))
        for match in verdict.matched
        if match.effect in OBJECTS
    ]
    if not found and verdict.effect is PolicyEffect.REQUIRE_APPROVAL:
        text = "policies cover this action, and no rule allows it"
        found = [(Verdict.NEEDS_APPROVAL, Reason(code="policy_default", text=text))]
    # Denials first, so that cutting the list never cuts the gravest.
    found.sort(key=lambda objection: objection[0] is not Verdict.DENY)
    return tuple(found[:MOST_TOLD])


def _record(verdict: PolicyVerdict) -> JsonObject | None:
    if not (verdict.matched or verdict.shadow or verdict.errors):
        return None
    return {
        "matched": [match.name for match in verdict.matched[:MOST_TOLD]],
        "shadow": [
            {"rule": match.name, "effect": match.effect.value}
            for match in verdict.shadow[:MOST_TOLD]
        ],
        "errors": [
            {"rule": error.rule, "text": error.text} for error in verdict.errors[:MOST_TOLD]
        ],
    }
