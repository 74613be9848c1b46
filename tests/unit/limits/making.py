"""An action and a tenant that limits nothing beyond what ships."""

from dataclasses import replace
from typing import Any

from pydantic import JsonValue

from processors.limits import Asking, Demand, demands
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from tests.stories import START, Story

TYPE = "send_payment"
DEFINITION = ActionDefinition(
    action_type=TYPE,
    name=TYPE,
    category="payments",
    tools=["bank"],
    magnitudes=[
        Magnitude(kind=kind, pointer=pointer, levels={RiskLevel.HIGH: 1})
        for kind, pointer in (
            (MagnitudeKind.AMOUNT, "/lines/*/amount"),
            (MagnitudeKind.RECIPIENTS, "/to"),
            (MagnitudeKind.QUANTITY, "/units"),
        )
    ],
)
PLUGIN = PluginSpec(tool="bank", version="1.0", parameters={})
ASKING = Asking(
    action=Story()
    .drafted()
    .model_copy(
        update={
            "action_type": TYPE,
            "tool": "bank",
            "tool_version": "1.0",
            "params": {"lines": [{"amount": 10.5}], "to": ["a@x.es", "b@x.es"], "units": -3},
        }
    ),
    tenant=TenantSettings(),
    definition=DEFINITION,
    plugin=PLUGIN,
    resources=[],
    now=START,
)


def with_action(asking: Asking, **fields: Any) -> Asking:
    return replace(asking, action=asking.action.model_copy(update=fields))


def with_params(asking: Asking, **params: JsonValue) -> Asking:
    return with_action(asking, params={**asking.action.params, **params})


def with_tenant(asking: Asking, **fields: Any) -> Asking:
    """Read as a record's value is."""
    said = {**asking.tenant.model_dump(mode="json"), **fields}
    return replace(asking, tenant=TenantSettings.model_validate(said))


def asked(asking: Asking, code: str) -> list[Demand]:
    return [demand for demand in demands(asking) if demand.kind.code == code]
