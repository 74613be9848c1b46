"""What policies cost an action: `python -m bench.policies`. CPU microseconds a decision, the
median of rounds, on a machine that may be busy."""

import statistics
import timeit
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

from interlock.policy_file import FILE, look_at
from processors.policies import CompiledPack, PolicyCase, decide, read_pack
from schemas.events import Drafted, Impact, UserContext
from schemas.identity import params_hash
from schemas.names import ActionId, RiskLevel, TenantId
from schemas.settings import PolicyEffect, PolicyPack, PolicyRule

ROUNDS, EACH = 100, 100

CONDITIONS = (
    "has(params.importe) && params.importe > 1000",
    "impact.score >= 75",
    "labels.exists(l, l.startsWith('permission:payments'))",
    "action.confidence < 0.3",
    "params.titulo.matches('(?i)urgente')",
    "has(context.region) && context.region == 'eu'",
    "impact.reversible == 'no' && now.getHours('Europe/Madrid') < 8",
    "user.id == '' && impact.score > 50",
    "has(params.destinatarios) && size(params.destinatarios) > 20",
    "limits.hour.used > 500",
)
"""None is true of the action below; one in ten is a regular expression."""

PARAMS: dict[str, Any] = {
    "titulo": "Investigar anomalía en ventas Q4",
    "descripcion": "Anomalía detectada en patrón de ventas del cuarto trimestre. " * 3,
    "prioridad": "alta",
    "importe": 12,
    "destinatarios": ["ana@example.com", "luis@example.com"],
}

ACTION = PolicyCase(
    action=Drafted(
        sequence=0,
        action_id=ActionId("bench"),
        revision=1,
        tenant_id=TenantId("acme"),
        trace_id=None,
        action_type="create_task",
        tool="create_task",
        tool_version="1.0.0",
        params=PARAMS,
        params_hash=params_hash("create_task", "1.0.0", PARAMS),
        user_ctx=UserContext(user_id="u-1", roles=["ventas"]),
        context={"region": "la", "resumen": "v" * 200},
        confidence=0.9,
    ),
    impact=Impact(risk_level=RiskLevel.LOW, risk_score=20, reversible="yes"),
    now=datetime(2026, 3, 4, 11, tzinfo=UTC),
    labels=("category:work", "permission:tasks:create"),
)


def rules(count: int, **scope: Any) -> CompiledPack:
    """Blocking rules of a scope, and one that allows."""
    found = read_pack(
        "bench",
        PolicyPack(
            version="1",
            rules=[
                *(
                    PolicyRule(
                        name=f"r{i}",
                        when=f"{CONDITIONS[i % 10]} && {i} >= 0",
                        effect=PolicyEffect.REQUIRE_APPROVAL if i % 5 else PolicyEffect.DENY,
                        **scope,
                    )
                    for i in range(count - 1)
                ),
                PolicyRule(name="rest", when="impact.score <= 50", effect=PolicyEffect.ALLOW),
            ],
        ),
    )
    assert isinstance(found, CompiledPack), found
    return found


def cost_us(packs: Sequence[CompiledPack]) -> float:
    rounds = timeit.repeat(lambda: decide(packs, ACTION), process_time, repeat=ROUNDS, number=EACH)
    return statistics.median(rounds) / EACH * 1e6


def main() -> None:
    shipped = look_at(Path(__file__).parents[1] / "config" / FILE)[0]
    for title, packs in (
        ("no pack", []),
        ("50 rules, all about the action", [rules(50)]),
        ("50 rules, 49 about other types", [rules(50, types=["other"])]),
        ("500 rules, 499 about other tools", [rules(500, tools=["other"])]),
        ("the shipped pack", list(shipped.values())),
    ):
        effect = decide(packs, ACTION).effect
        print(f"{title:<36}{cost_us(packs):>8.1f} µs  {effect.value if effect else 'none'}")


if __name__ == "__main__":
    main()
