"""An action nothing speaks against, and changes to it."""

from dataclasses import replace
from typing import Any

from processors.impact import Considered, History, impact
from schemas.events import Impact, JsonObject
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from tests.stories import START, Story

DRAFTED = Story().drafted().model_copy(update={"confidence": 0.95, "params": {}})
TYPE = DRAFTED.action_type
DEFINITION = ActionDefinition(
    action_type=TYPE,
    name=TYPE,
    impact_level=RiskLevel.LOW,
    reversible="yes",
    tools=[TYPE],
)
PLUGIN = PluginSpec(tool=TYPE, version="1.0.0", parameters={}, risk_label=RiskLevel.LOW)
TENANT = TenantSettings(domains=["acme.example"], known_parties=["ES91 2100 0418 4502 0005 1332"])
CALM = Considered(
    DRAFTED, DEFINITION, PLUGIN, START, tenant=TENANT, history=History(first_time=False)
)


def with_action(at: Considered, **changes: Any) -> Considered:
    return replace(at, action=at.action.model_copy(update=changes))


def with_definition(at: Considered, **changes: Any) -> Considered:
    assert at.definition is not None
    return replace(at, definition=at.definition.model_copy(update=changes))


def with_tenant(at: Considered, **changes: Any) -> Considered:
    return replace(at, tenant=at.tenant.model_copy(update=changes))


def measured(params: JsonObject, kind: MagnitudeKind | str, pointer: str, **said: Any) -> Impact:
    """The impact of an action with one magnitude declared and nothing else against it."""
    magnitude = Magnitude(kind=MagnitudeKind(kind), pointer=pointer, **said)
    return impact(with_definition(with_action(CALM, params=params), magnitudes=[magnitude]))


def level(params: JsonObject, kind: MagnitudeKind | str, pointer: str, **said: Any) -> RiskLevel:
    return measured(params, kind, pointer, **said).risk_level
