"""A pack's rules compiled, once for each content, and found by what they are about."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from processors.policies.language import ConditionProblem, Expression, read_condition
from schemas.settings import RULE_NAME, PolicyEffect, PolicyMode, PolicyPack, PolicyRule

CACHED = 64
_NAME = re.compile(RULE_NAME)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRule:
    rule: PolicyRule
    name: str
    """`pack/rule`."""
    expression: Expression
    blocks: bool
    """Deny or require: what cannot be computed counts as matched."""
    enforced: bool
    tenants: frozenset[str] | None
    tools: frozenset[str] | None


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
    """A pack that may be in force. Rules are by type, so that those of other types cost an
    action nothing."""

    name: str
    pack: PolicyPack
    by_type: dict[str, tuple[CompiledRule, ...]]
    of_any_type: tuple[CompiledRule, ...]

    def in_scope(self, tenant: str, action_type: str, tool: str) -> list[CompiledRule]:
        """In the order they are written."""
        return [
            rule
            for rule in self.by_type.get(action_type, self.of_any_type)
            if (rule.tools is None or tool in rule.tools)
            and (rule.tenants is None or tenant in rule.tenants)
        ]


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
    types = {type_ for rule in pack.rules for type_ in rule.types or ()}
    return CompiledPack(
        name=name,
        pack=pack,
        by_type={type_: _for_type(rules, type_) for type_ in types},
        of_any_type=_for_type(rules, None),
    )


def _compiled(pack: str, rule: PolicyRule, expression: Expression) -> CompiledRule:
    return CompiledRule(
        rule=rule,
        name=f"{pack}/{rule.name}",
        expression=expression,
        blocks=rule.effect is not PolicyEffect.ALLOW,
        enforced=rule.mode is PolicyMode.ENFORCE,
        tenants=None if rule.tenants is None else frozenset(rule.tenants),
        tools=None if rule.tools is None else frozenset(rule.tools),
    )


def _for_type(rules: Iterable[CompiledRule], type_: str | None) -> tuple[CompiledRule, ...]:
    return tuple(r for r in rules if r.rule.types is None or type_ in r.rule.types)
