"""The rules of a pack that are about one action's tenant, type and tool, in the order written.

Most actions meet no rule that blocks. So the blocking conditions of a scope are also joined with
`||` and asked at once: CEL gives false only if every one of them is false, and an error or true
otherwise, and then each is asked by itself. That is three times quicker and decides the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from processors.policies.language import Activation, Expression, evaluate, read_part
from schemas.settings import PolicyRule

JOINED = 48
"""Conditions in one expression: within the library's 100,000 characters even at their longest."""


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    rule: PolicyRule
    name: str
    """`pack/rule`."""
    expression: Expression
    blocks: bool
    """Deny or require: what cannot be computed counts as matched."""
    enforced: bool
    looks_at: frozenset[str]
    """The variables that its condition may look at."""

    def is_about(self, tenant: str | None, action_type: str | None, tool: str | None) -> bool:
        said = self.rule
        return (
            (said.tenants is None or tenant in said.tenants)
            and (said.types is None or action_type in said.types)
            and (said.tools is None or tool in said.tools)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    rules: tuple[CompiledRule, ...] = ()
    joined: tuple[tuple[Expression, frozenset[CompiledRule]], ...] = ()
    """Blocking, enforced rules asked at once."""
    alone: tuple[CompiledRule, ...] = ()
    """All others."""
    covers: bool = False
    """A shadow rule covers nothing: taking it away must change nothing."""
    looks_at: frozenset[str] = frozenset()
    """The variables that any of the conditions may look at."""

    def to_ask(self, values: Activation) -> Iterable[CompiledRule]:
        """The rules that may hold, as written: all but those just seen to be false."""
        doubtful = [r for joined, r in self.joined if evaluate(joined, values) is not False]
        if not doubtful:
            return self.alone
        asked = frozenset(self.alone).union(*doubtful)
        return [rule for rule in self.rules if rule in asked]


def scope_of(rules: Sequence[CompiledRule]) -> Scope:
    blocking = [rule for rule in rules if rule.blocks and rule.enforced]
    joined: list[tuple[Expression, frozenset[CompiledRule]]] = []
    for start in range(0, len(blocking), JOINED):
        together = blocking[start : start + JOINED]
        # Each was read by itself, so none reaches out of its brackets; it may end in a comment.
        text = " || ".join(f"({rule.rule.when}\n)" for rule in together)
        if len(together) > 1 and (expression := read_part(text)) is not None:
            joined.append((expression, frozenset(together)))
    together_in = frozenset[CompiledRule]().union(*(together for _, together in joined))
    return Scope(
        rules=tuple(rules),
        joined=tuple(joined),
        alone=tuple(rule for rule in rules if rule not in together_in),
        covers=any(rule.enforced for rule in rules),
        looks_at=frozenset[str]().union(*(rule.looks_at for rule in rules)),
    )
