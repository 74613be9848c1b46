"""The sample responses: the three shapes, in Spanish and English, and what must become of them.

Every run uses fresh response ids, so that it never meets its own past.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from schemas.identity import action_id
from schemas.names import ActionId, DecisionType, TenantId
from schemas.states import State

TENANT = TenantId("demo")


@dataclass(frozen=True, slots=True)
class Expected:
    """One action of a sample: where it must end, and what a person says on the way."""

    title: str
    ends: State
    decision: DecisionType | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    title: str
    output: JsonValue
    actions: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A sample with the ids of this run."""

    sample: Sample
    response: dict[str, JsonValue]
    actions: dict[ActionId, Expected]


_FENCED = """\
La demanda de la semana pasada superó el pronóstico. Conviene reponer el almacén y avisar.

```json
{
  "actions": [
    {
      "action_type": "update_inventory",
      "parameters": {"sku": "sku-17", "cantidad": 25, "motivo": "Reposición tras pico de demanda"},
      "confidence": 0.93,
      "reasoning": "El stock actual cubre menos de tres días"
    }
  ]
}
```

Quedo a la espera de la aprobación."""

_REACT = (
    "Thought: I need the customer's record before I answer. "
    'Action: crm-query Action Input: {"customer": "C-17"}'
)

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "documented JSON (ES): two actions that run by themselves",
        {
            "analysis": "Sales anomaly detected with 85% confidence",
            "actions": [
                {
                    "action_type": "create_task",
                    "parameters": {
                        "titulo": "Investigar anomalía en ventas Q4",
                        "descripcion": "Anomalía detectada en patrón de ventas del cuarto "
                        "trimestre",
                        "prioridad": "alta",
                    },
                    "confidence": 0.85,
                    "reasoning": "High-impact anomaly requires investigation",
                },
                {
                    "action_type": "send_notification",
                    "parameters": {
                        "titulo": "Alerta: Anomalía en Ventas",
                        "mensaje": "Se detectó una anomalía significativa en las ventas",
                        "tipo": "warning",
                    },
                    "confidence": 0.9,
                    "reasoning": "Management team should be notified",
                },
            ],
        },
        (
            Expected("create_task", State.SUCCEEDED),
            Expected("send_notification", State.SUCCEEDED),
        ),
    ),
    Sample(
        "prose with a fenced block (ES): high impact, a person approves",
        _FENCED,
        (Expected("update_inventory +25", State.SUCCEEDED, DecisionType.APPROVE),),
    ),
    Sample(
        "ReAct text (EN): gives no confidence, a person approves",
        _REACT,
        (Expected("crm-query", State.SUCCEEDED, DecisionType.APPROVE),),
    ),
    Sample(
        "documented JSON as text (EN): a person rejects",
        '{"actions": [{"action_type": "update_inventory", "parameters": '
        '{"sku": "sku-99", "cantidad": -500, "motivo": "Clear the whole shelf"}, '
        '"confidence": 0.99, "reasoning": "Looks obsolete"}]}',
        (Expected("update_inventory -500", State.REJECTED, DecisionType.REJECT),),
    ),
    Sample(
        "documented JSON (EN): parameters that are not valid",
        {
            "actions": [
                {
                    "action_type": "create_task",
                    "parameters": {"titulo": "Call the customer back", "prioridad": "whenever"},
                    "confidence": 0.95,
                }
            ]
        },
        (Expected("create_task (bad priority)", State.INVALID),),
    ),
    Sample(
        "documented JSON (EN): a tool nobody has",
        {
            "actions": [
                {
                    "action_type": "launch_rocket",
                    "parameters": {"destination": "moon"},
                    "confidence": 0.99,
                }
            ]
        },
        (Expected("launch_rocket", State.MANUAL),),
    ),
)


def fresh_id() -> str:
    return uuid.uuid4().hex


def prepare(new_id: Callable[[], str] = fresh_id) -> list[Published]:
    """The samples with response ids, trace ids and action ids of one run."""
    published: list[Published] = []
    for number, sample in enumerate(SAMPLES, 1):
        response_id = f"demo-{number}-{new_id()}"
        response: dict[str, JsonValue] = {
            "response_id": response_id,
            "tenant_id": TENANT,
            "trace_id": new_id(),
            "model": "demo-model",
            "output": sample.output,
            "user_ctx": {"user_id": "luis@example.com", "roles": ["analyst"], "locale": "es"},
        }
        actions = {
            action_id(TENANT, "response", response_id, index): expected
            for index, expected in enumerate(sample.actions)
        }
        published.append(Published(sample, response, actions))
    return published
