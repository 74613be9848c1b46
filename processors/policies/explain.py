"""Why policies decide what they decide of one action: every rule, and the pieces of each."""

from collections.abc import Iterable
from dataclasses import dataclass

from processors.policies.compiled import CompiledPack
from processors.policies.decide import PolicyVerdict, decide
from processors.policies.inputs import PolicyCase, activation_of
from processors.policies.language import Activation, evaluate, read_part, shown
from processors.policies.parts import pieces
from processors.policies.scope import CompiledRule


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a condition and what it gives; an error's text where it gives none."""

    text: str
    value: object


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    rule: CompiledRule
    result: bool | str
    """A text: why the condition is neither true nor false."""
    matched: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    verdict: PolicyVerdict
    in_scope: tuple[ExplainedRule, ...]
    out_of_scope: tuple[str, ...]
    """`pack/rule`."""


def explain(packs: Iterable[CompiledPack], case: PolicyCase) -> Explained:
    """The verdict is `decide`'s own; the rest is found beside it."""
    action, ordered = case.action, sorted(packs, key=lambda pack: pack.name)
    values = activation_of(case)
    explained: list[ExplainedRule] = []
    others: list[str] = []
    for pack in ordered:
        rules = pack.scope(action.tenant_id, action.action_type, action.tool).rules
        explained += (_explained(rule, values) for rule in rules)
        others += (rule.name for rule in pack.rules if rule not in rules)
    return Explained(decide(ordered, case), tuple(explained), tuple(others))


def _explained(rule: CompiledRule, values: Activation) -> ExplainedRule:
    result = evaluate(rule.expression, values)
    parts = tuple(
        Part(text, shown(expression, values))
        for text in pieces(rule.rule.when)
        if (expression := read_part(text)) is not None
    )
    matched = result if isinstance(result, bool) else rule.blocks
    return ExplainedRule(rule, result, matched, parts)
