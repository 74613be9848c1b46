"""What the packs in force say of one action.

Deny overrides, then require_approval, then allow; where a pack covers the action and no rule
matches, a person decides. A rule that cannot be computed counts as matched if it blocks, and as
unmatched if it allows. Shadow rules are evaluated beside and change nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from processors.policies.compiled import CompiledPack
from processors.policies.inputs import PolicyCase, activation_of
from processors.policies.language import Activation, evaluate
from processors.policies.scope import CompiledRule
from schemas.events import ApprovalStage
from schemas.settings import PolicyEffect, PolicyStage

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RuleMatch:
    pack: str
    version: str
    rule: str
    effect: PolicyEffect
    reason: str

    @property
    def name(self) -> str:
        return f"{self.pack}/{self.rule}"


@dataclass(frozen=True, slots=True)
class PolicyError:
    """A condition that gave neither true nor false: someone should look at the rule."""

    rule: str
    """`pack/rule`."""
    text: str
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    effect: PolicyEffect | None = None
    """None: no pack covers the action, so policies say nothing."""
    matched: tuple[RuleMatch, ...] = ()
    """Enforced rules that matched, of every effect, as written. Empty with an effect of
    `require_approval`: covered, and nothing matched."""
    stages: tuple[ApprovalStage, ...] = ()
    """Empty: the rules do not say who."""
    sla_s: int | None = None
    errors: tuple[PolicyError, ...] = ()
    shadow: tuple[RuleMatch, ...] = ()


_SILENT = PolicyVerdict()
_OVERRIDING = tuple(PolicyEffect)


def decide(packs: Iterable[CompiledPack], case: PolicyCase) -> PolicyVerdict:
    """The packs are asked by name, their rules as written: the order of stages and reasons."""
    action = case.action
    scoped = [
        (pack, scope)
        for pack in sorted(packs, key=_name)
        if (scope := pack.scope(action.tenant_id, action.action_type, action.tool)).rules
    ]
    if not scoped:
        return _SILENT
    looked_at = [scope.looks_at for _, scope in scoped]
    values = activation_of(case, looked_at[0].union(*looked_at[1:]))
    matched: list[tuple[CompiledRule, RuleMatch]] = []
    shadow: list[RuleMatch] = []
    errors: list[PolicyError] = []
    for pack, scope in scoped:
        for rule in scope.to_ask(values):
            if not _holds(rule, values, errors):
                continue
            match = _match(pack, rule)
            if rule.enforced:
                matched.append((rule, match))
            else:
                shadow.append(match)
    found = {match.effect for _, match in matched}
    effect = next((e for e in _OVERRIDING if e in found), None)
    if effect is None and any(scope.covers for _, scope in scoped):
        effect = PolicyEffect.REQUIRE_APPROVAL
    stages, sla_s = _who_and_when(rule for rule, _ in matched)
    return PolicyVerdict(
        effect=effect,
        matched=tuple(match for _, match in matched),
        stages=stages,
        sla_s=sla_s,
        errors=tuple(errors),
        shadow=tuple(shadow),
    )


def both(one: PolicyVerdict, other: PolicyVerdict) -> PolicyVerdict:
    """What is decided of one action at two instants: all that objects at either, and it is allowed
    only if it is at both."""
    effects = {one.effect, other.effect}
    slas = [sla_s for sla_s in (one.sla_s, other.sla_s) if sla_s is not None]
    return PolicyVerdict(
        effect=next((effect for effect in PolicyEffect if effect in effects), None),
        matched=_union(one.matched, other.matched),
        stages=_stages((*one.stages, *other.stages)),
        sla_s=min(slas, default=None),
        errors=_union(one.errors, other.errors),
        shadow=_union(one.shadow, other.shadow),
    )


def _union(one: tuple[_T, ...], other: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _holds(rule: CompiledRule, values: Activation, errors: list[PolicyError]) -> bool:
    result = evaluate(rule.expression, values)
    if isinstance(result, bool):
        return result
    errors.append(PolicyError(rule.name, result, shadow=not rule.enforced))
    return rule.blocks


# Made once for each rule, as its pack is.
@lru_cache(maxsize=4_096)
def _match(pack: CompiledPack, rule: CompiledRule) -> RuleMatch:
    said = rule.rule
    text = said.reason or said.description or f"the rule {said.name} matches"
    return RuleMatch(pack.name, pack.pack.version, said.name, said.effect, text)


def _who_and_when(rules: Iterable[CompiledRule]) -> tuple[tuple[ApprovalStage, ...], int | None]:
    """Everyone any rule wants, each role once with its highest quorum; the shortest time."""
    stages: list[PolicyStage] = []
    slas: list[int] = []
    for rule in rules:
        stages += rule.rule.stages
        if rule.rule.sla_s is not None:
            slas.append(rule.rule.sla_s)
    return _stages(stages), min(slas, default=None)


def _stages(stages: Iterable[ApprovalStage | PolicyStage]) -> tuple[ApprovalStage, ...]:
    quorums: dict[str, int] = {}
    for stage in stages:
        quorums[stage.role] = max(stage.quorum, quorums.get(stage.role, 0))
    return tuple(ApprovalStage(role=role, quorum=n) for role, n in quorums.items())


def _name(pack: CompiledPack) -> str:
    return pack.name
