"""Actions as people write them down, to try policies on: the shape, not what is made of it."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.events import JsonObject
from schemas.names import RiskLevel, SafetyMode
from schemas.settings import PolicyStage

WEDNESDAY_NOON = datetime(2026, 3, 4, 11, tzinfo=UTC)


class _Exact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GivenAction(_Exact):
    type: str
    tool: str | None = None
    version: str | None = None
    params: JsonObject = {}
    confidence: float | None = 0.95
    repaired: bool = False
    source: str = "json"
    labels: list[str] = []
    template: str | None = None
    degraded: bool = False
    scheduled: bool = False
    revision: int = 1


class GivenTenant(_Exact):
    id: str = "demo"
    ctx: JsonObject = {}
    known: bool = True
    safety_mode: SafetyMode = SafetyMode.MODERATE
    domains: list[str] | None = None
    """Its own; what is left out is as the configuration says of this tenant."""
    known_parties: list[str] | None = None


class GivenUser(_Exact):
    id: str | None = None
    roles: list[str] = []
    locale: str | None = None


class GivenImpact(_Exact):
    """Over what the configuration says of the type."""

    level: RiskLevel | None = None
    score: int | None = None
    reversible: Literal["yes", "limited", "no"] | None = None
    resources: list[str] | None = None


class GivenWindow(_Exact):
    used: int = 0
    max: int = 1000


class GivenLimits(_Exact):
    hour: GivenWindow = GivenWindow()
    day: GivenWindow = GivenWindow()


class Given(_Exact):
    """One action and what is known of it. Names are those of the variables."""

    action: GivenAction
    tenant: GivenTenant = GivenTenant()
    user: GivenUser = GivenUser()
    context: JsonObject = {}
    history: JsonObject = {}
    impact: GivenImpact = GivenImpact()
    labels: list[str] = []
    """Beside those of the action and of the configuration."""
    limits: GivenLimits = GivenLimits()
    now: AwareDatetime = WEDNESDAY_NOON


class Expected(_Exact):
    """What is left out may be anything."""

    effect: Literal["deny", "require_approval", "allow", "none"]
    rules: list[str] | None = None
    """`pack/rule` of all matched rules with this effect, in any order."""
    stages: list[PolicyStage] | None = None
    sla_s: int | None = None
    shadow: list[str] | None = None
    errors: list[str] | None = None


class Example(Given):
    name: Annotated[str, Field(min_length=1)]
    expect: Expected
