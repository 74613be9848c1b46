"""CPU microseconds of `processors.impact`, `sensitive` and `untrusted` for one action of five short
parameters: the median of many rounds.

    .venv/bin/python -m bench.risk
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from processors.impact import Considered, impact
from processors.sensitive import sensitive_labels
from processors.untrusted import with_untrusted_labels
from schemas.events import Drafted, JsonObject
from schemas.identity import action_id, params_hash
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel, TenantId
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings

ROUNDS, CALLS = 200, 50
PARAMS: JsonObject = {
    "titulo": "Investigar anomalía en ventas Q4",
    "descripcion": "Anomalía detectada en patrón de ventas del cuarto trimestre de 2026",
    "prioridad": "alta",
    "asignado_a": "ana",
    "fecha_limite": "2026-12-31",
}
_TENANT = TenantId("acme")
ACTION = Drafted(
    sequence=1,
    action_id=action_id(_TENANT, "response", "r", 0),
    revision=1,
    tenant_id=_TENANT,
    trace_id="0" * 31 + "1",
    action_type="create_task",
    tool="create_task",
    tool_version="1.0.0",
    params=PARAMS,
    params_hash=params_hash("create_task", "1.0.0", PARAMS),
    confidence=0.9,
)
PLUGIN = PluginSpec(
    tool="create_task",
    version="1.0.0",
    parameters={},
    risk_label=RiskLevel.LOW,
    sensitive_parameters={"/asignado_a": "pii"},
)
DEFINITION = ActionDefinition(
    action_type="create_task",
    name="create_task",
    impact_level=RiskLevel.LOW,
    resources=["task:{titulo}"],
    tools=["create_task"],
    magnitudes=[Magnitude(kind=MagnitudeKind.RECIPIENTS, pointer="/asignado_a")],
)


def median_us(call: Callable[[], object]) -> float:
    """CPU time of one call, in microseconds."""
    rounds: list[float] = []
    for _ in range(ROUNDS):
        begun = time.process_time_ns()
        for _ in range(CALLS):
            call()
        rounds.append((time.process_time_ns() - begun) / CALLS / 1000)
    return statistics.median(rounds)


def main() -> None:
    tenant = TenantSettings(domains=["acme.example"])
    considered = Considered(ACTION, DEFINITION, PLUGIN, datetime.now(UTC), tenant=tenant)
    beside: JsonObject = {"page": "Un texto de otros, largo como una página web. " * 90}
    marked: JsonObject = {**beside, "context_refs": ["/page"]}
    without, with_marks = (
        ACTION.model_copy(update={"context": context}) for context in (beside, marked)
    )
    risk = {
        "labels": median_us(lambda: sensitive_labels(PARAMS, PLUGIN)),
        "impact": median_us(lambda: impact(considered)),
        "untrusted": median_us(lambda: with_untrusted_labels(without)),
    }
    rows = {
        **risk,
        "all": sum(risk.values()),
        "untrusted, 4 KB marked": median_us(lambda: with_untrusted_labels(with_marks)),
    }
    for name, figure in rows.items():
        print(f"{name:22} {figure:6.1f} µs")


if __name__ == "__main__":
    main()
