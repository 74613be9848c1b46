"""The rules of a pack that are about one action's tenant, type and tool, in the order written.

Most actions meet no rule that blocks. So the blocking conditions of a scope are also joined with
`||` and asked at once: CEL gives false only if every one of them is false, and an error or true
otherwise, and then fewer of them are, and at last each by itself. That is three times quicker and
decides the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from processors.policies.language import Activation, Expression, evaluate, read_part
from schemas.settings import PolicyRule

JOINED = 48
"""Conditions in one expression: within the library's 100,000 characters even at their longest."""
FEWER = 8
"""Conditions in one expression where those of a larger one are not all false."""


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
class Joined:
    """Rules asked at once."""

    expression: Expression
    rules: tuple[CompiledRule, ...]
    parts: tuple["Joined", ...]
    """The same rules, fewer at once."""
    alone: tuple[CompiledRule, ...]
    """Those of no part."""

    def may_hold(self, values: Activation) -> Iterator[CompiledRule]:
        """Those not just seen to be false."""
        if evaluate(self.expression, values) is False:
            return
        for part in self.parts:
            yield from part.may_hold(values)
        yield from self.alone


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    rules: tuple[CompiledRule, ...] = ()
    joined: tuple[Joined, ...] = ()
    """Blocking, enforced rules asked at once."""
    alone: tuple[CompiledRule, ...] = ()
    """All others."""
    covers: bool = False
    """A shadow rule covers nothing: taking it away must change nothing."""
    looks_at: frozenset[str] = frozenset()
    """The variables that any of the conditions may look at."""

    def to_ask(self, values: Activation) -> Iterable[CompiledRule]:
        """The rules that may hold, as written: all but those just seen to be false."""
        asked = {rule for joined in self.joined for rule in joined.may_hold(values)}
        if not asked:
            return self.alone
        asked.update(self.alone)
        return [rule for rule in self.rules if rule in asked]


def scope_of(rules: Sequence[CompiledRule]) -> Scope:
    joined = _joined([rule for rule in rules if rule.blocks and rule.enforced], JOINED)
    return Scope(
        rules=tuple(rules),
        joined=joined,
        alone=_beside(joined, rules),
        covers=any(rule.enforced for rule in rules),
        looks_at=frozenset[str]().union(*(rule.looks_at for rule in rules)),
    )


def _joined(rules: Sequence[CompiledRule], most: int) -> tuple[Joined, ...]:
    found: list[Joined] = []
    for start in range(0, len(rules), most):
        together = tuple(rules[start : start + most])
        # Each was read by itself, so none reaches out of its brackets; it may end in a comment.
        text = " || ".join(f"({rule.rule.when}\n)" for rule in together)
        if len(together) > 1 and (expression := read_part(text)) is not None:
            parts = _joined(together, FEWER) if len(together) > FEWER else ()
            found.append(Joined(expression, together, parts, _beside(parts, together)))
    return tuple(found)


def _beside(joined: Iterable[Joined], rules: Iterable[CompiledRule]) -> tuple[CompiledRule, ...]:
    """The rules of none of them."""
    among = {rule for one in joined for rule in one.rules}
    return tuple(rule for rule in rules if rule not in among)
