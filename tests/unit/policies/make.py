"""Rules, packs and actions for tests of policies."""

from datetime import UTC, datetime
from typing import Any

from processors.policies import CompiledPack, PolicyCase, PolicyVerdict, decide, read_pack
from schemas.events import Drafted, Impact
from schemas.names import RiskLevel
from schemas.settings import PolicyEffect, PolicyPack, PolicyRule
from tests.stories import Story

DRAFTED = Story().drafted().model_copy(update={"params": {"importe": 50, "titulo": "Hola"}})
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DENY, REQUIRE, ALLOW = PolicyEffect


def rule(name: str, when: str, effect: PolicyEffect | str, **fields: Any) -> PolicyRule:
    return PolicyRule.model_validate({"name": name, "when": when, "effect": effect, **fields})


def pack(*rules: PolicyRule, name: str = "p", version: str = "1") -> CompiledPack:
    found = read_pack(name, PolicyPack(version=version, rules=list(rules)))
    assert isinstance(found, CompiledPack), found
    return found


def problems(*rules: PolicyRule, name: str = "p") -> list[str]:
    found = read_pack(name, PolicyPack(version="1", rules=list(rules)))
    return [] if isinstance(found, CompiledPack) else [str(problem) for problem in found]


def case(action: Drafted = DRAFTED, **fields: Any) -> PolicyCase:
    given: dict[str, Any] = {
        "impact": Impact(risk_level=RiskLevel.LOW, risk_score=20, reversible="yes"),
        "now": NOON,
        **fields,
    }
    return PolicyCase(action=action, **given)


def proposing(**params: Any) -> PolicyCase:
    return case(DRAFTED.model_copy(update={"params": params}))


def decided(*rules: PolicyRule, about: PolicyCase | None = None) -> PolicyVerdict:
    return decide([pack(*rules)], about or case())
