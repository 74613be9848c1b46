"""A pack's rules compiled, once for each content, and what keeps them from being in force."""

import re
from dataclasses import dataclass
from functools import lru_cache

from processors.policies.language import ConditionProblem, Expression, read_condition, variables_of
from processors.policies.scope import CompiledRule, Scope, scope_of
from schemas.settings import RULE_NAME, PolicyEffect, PolicyMode, PolicyPack, PolicyRule

CACHED = 64
SCOPES_CACHED = 2_048
_NAME = re.compile(RULE_NAME)


@dataclass(frozen=True, slots=True)
class PackProblem:
    """What keeps a pack from being in force. `rule` counts from 0; None: the pack itself."""

    text: str
    rule: int | None = None
    field: str | None = None
    condition: ConditionProblem | None = None
    """Where in `when` it is."""

    def __str__(self) -> str:
        place = "" if self.rule is None else f"rules.{self.rule}.{self.field}: "
        if self.condition is not None:
            place += f"{self.condition.line}:{self.condition.column}: "
        return f"{place}{self.text}"


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPack:
    """A pack that may be in force."""

    name: str
    pack: PolicyPack
    rules: tuple[CompiledRule, ...]
    named: tuple[frozenset[str], frozenset[str], frozenset[str]]
    """Tenants, types and tools any rule names; all others are alike to it."""

    def scope(self, tenant: str, action_type: str, tool: str) -> Scope:
        """Rules of other actions cost this one nothing: a scope is put together once."""
        tenants, types, tools = self.named
        return _scope(
            self,
            tenant if tenant in tenants else None,
            action_type if action_type in types else None,
            tool if tool in tools else None,
        )


@lru_cache(maxsize=SCOPES_CACHED)
def _scope(pack: CompiledPack, tenant: str | None, type_: str | None, tool: str | None) -> Scope:
    return scope_of([rule for rule in pack.rules if rule.is_about(tenant, type_, tool)])


def read_pack(name: str, pack: PolicyPack) -> CompiledPack | list[PackProblem]:
    """The pack compiled, or everything that is wrong with it."""
    if not _NAME.fullmatch(name):
        return [PackProblem("a pack's name has lower-case letters, digits and `_.-`, at most 64")]
    try:
        content = pack.model_dump_json()
    except ValueError:
        return [PackProblem("a text holds half a surrogate pair")]
    return _read(name, content)


# By content, not by identity: the same pack read twice is compiled once.
@lru_cache(maxsize=CACHED)
def _read(name: str, content: str) -> CompiledPack | list[PackProblem]:
    pack = PolicyPack.model_validate_json(content)
    problems: list[PackProblem] = []
    rules: list[CompiledRule] = []
    names: set[str] = set()
    for index, rule in enumerate(pack.rules):
        if rule.name in names:
            text = f"two rules are named `{rule.name}`"
            problems.append(PackProblem(text, index, "name"))
        names.add(rule.name)
        found = read_condition(rule.when, allows=rule.effect is PolicyEffect.ALLOW)
        if isinstance(found, ConditionProblem):
            problems.append(PackProblem(found.text, index, "when", found))
        else:
            rules.append(_compiled(name, rule, found))
    if problems:
        return problems
    return CompiledPack(name, pack, tuple(rules), _named(pack))


def _compiled(pack: str, rule: PolicyRule, expression: Expression) -> CompiledRule:
    return CompiledRule(
        rule=rule,
        name=f"{pack}/{rule.name}",
        expression=expression,
        blocks=rule.effect is not PolicyEffect.ALLOW,
        enforced=rule.mode is PolicyMode.ENFORCE,
        looks_at=variables_of(rule.when),
    )


def _named(pack: PolicyPack) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    return (
        frozenset(name for rule in pack.rules for name in rule.tenants or ()),
        frozenset(name for rule in pack.rules for name in rule.types or ()),
        frozenset(name for rule in pack.rules for name in rule.tools or ()),
    )
