"""The values of `control.settings` records, by kind. Shipped defaults are the safe ones."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from schemas.events import AnyJson, Event, JsonObject, Strategy
from schemas.limits import Count, DayBudget, WindowLimits
from schemas.magnitudes import Magnitude
from schemas.names import RiskLevel, SafetyMode
from schemas.working_hours import WorkingHours

REQUIRABLE = r"^/(user_ctx|tenant_ctx|context|thought_id|prediction_id|llm_response_id|model)(/|$)"

MOST_PARTIES = 20_000
"""Of one tenant: each process holds all of them."""
Parties = Annotated[list[Annotated[str, Field(max_length=320)]], Field(max_length=MOST_PARTIES)]


class TenantSettings(Event):
    """What one tenant allows. Unknown tenants get automation off: a person decides."""

    automation_enabled: bool = False
    approval_required: bool = True
    auto_approval_threshold: Annotated[float, Field(ge=0, le=1)] = 0.9
    max_actions_per_hour: Annotated[int, Field(ge=0)] = 10
    max_actions_per_day: Annotated[int, Field(ge=0)] = 50
    allowed_action_types: list[str] | None = None
    """None: any type may be proposed. A list: any other type is denied."""
    preapproved_action_types: list[str] = []
    canary_percentage: Annotated[float, Field(ge=0, le=1)] = 0.0
    safety_mode: SafetyMode = SafetyMode.STRICT
    notification_on_auto_action: bool = True
    schedule_ahead_max_s: Annotated[int, Field(ge=0, le=31_622_400)] = 2_592_000
    """How far ahead `not_before` may lie: a year at most; shipped: 30 days."""
    domains: Parties = []
    """The tenant's own, with all below them: an address of any other is outside."""
    known_parties: Parties = []
    """Payees and recipients somebody vouched for: addresses, IBANs, customer codes."""
    working_hours: WorkingHours | None = None
    """Absent: no hour is odd."""
    type_limits: dict[str, WindowLimits] = {}
    category_limits: dict[str, WindowLimits] = {}
    """By the category of the definition."""
    plugin_limits: dict[str, WindowLimits] = {}
    """By tool."""
    budgets: dict[str, DayBudget] = {}
    """By action type; `*`: all types together."""
    max_actions_per_trace: Count = 10
    """An hour, as the three below; docs/guides/limits.md says what makes a chain."""
    max_actions_per_session: Count = 30
    max_actions_per_agent: Count = 100
    max_touches_per_resource: Count = 10


class Transport(StrEnum):
    HTTP = "http"
    IN_PROCESS = "in_process"
    """A no-op inside the execute process: for measuring the chain without a plugin."""


class PluginSpec(Event):
    """One version of a tool, as the catalog declares it."""

    tool: str
    version: str
    description: str = ""
    transport: Transport = Transport.HTTP
    url: str | None = None
    """Base address; absent: the plugin host named in the environment."""
    parameters: JsonObject
    """JSON Schema 2020-12 of `params`."""
    aliases: list[str] = []
    tenants: list[str] = ["*"]
    risk_label: RiskLevel = RiskLevel.HIGH
    idempotent: bool = False
    """The same Idempotency-Key never makes a second effect, so a call may be repeated."""
    no_effect_on_error: bool = False
    """A 5xx answer means nothing happened."""
    timeout_ms: Annotated[int, Field(gt=0, le=10_800_000)] = 3_000
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    bulkhead: Annotated[int, Field(ge=1)] = 16
    """Calls under way at once, per process."""
    permissions: list[str] = []
    """What the requester must be allowed, as the IAM names it."""
    max_calls_per_minute: Annotated[int, Field(ge=1)] | None = None
    """For each tenant by itself, so that none takes the others' share."""
    sensitive_parameters: dict[str, str] = {}
    """JSON Pointer of a parameter → its tag, such as `pii` or `secret`."""
    fallback: list[str] = []
    """Tools to propose in its place after a definite failure, in order."""
    status_path: str | None = None
    """Paths below `url`: what became of a key, undo, read back. Absent: the plugin has none."""
    rollback_path: str | None = None
    verify_path: str | None = None
    contact: str = ""
    """Whom to ask about it: the vendor's address."""
    source: str | None = None
    """The catalog it was read from; absent: written by hand."""
    risk_labelled_at: AwareDatetime | None = None
    """When its source gave it `risk_label`. Older than the source's `label` record: stale."""
    magnitudes: list[Magnitude] = []
    """What its parameters say of an action's size, beside the definition's own."""
    accepts: list[Annotated[str, Field(min_length=1, max_length=64)]] | None = None
    """Sensitive labels it is cleared for (`pii`, `pii:email`, a tag's name). None: not said."""
    requires: list[Annotated[str, Field(pattern=REQUIRABLE)]] = []
    """JSON Pointers of what a response must say for it: `/user_ctx/user_id`, `/context/order`."""

    def serves(self, tenant: str) -> bool:
        """Whether the tenant may use it."""
        return "*" in self.tenants or tenant in self.tenants

    def within(self, wishes: Strategy | None) -> "PluginSpec":
        """The plugin with an action's wishes of time and attempts: they lower its bounds, and
        never raise them. A wish below 1 is none."""
        if wishes is None:
            return self
        bounds = {
            name: min(getattr(self, name), wish)
            for name, wish in vars(wishes).items()
            if wish is not None and wish >= 1
        }
        return self.model_copy(update=bounds)


class SourceLabel(Event):
    """What a tool's source says of its risk now (kind `label`, key: the tool). A catalog entry
    labelled before `labelled_at` is stale and counts one level riskier."""

    risk_label: RiskLevel
    labelled_at: AwareDatetime
    source: str | None = None


class TemplateStep(Event):
    """One action a template proposes. Texts in `parameters` are templates themselves."""

    name: str = "main"
    tool: str
    """An action type, a tool or an alias, maybe with a version range (`crm-query@^1.0`)."""
    parameters: JsonObject = {}
    defaults: JsonObject = {}
    """Taken for parameters that `parameters` does not name."""
    depends_on: list[str] = []
    """Names of earlier steps."""
    condition: str | None = None
    """An expression over the template's context: when false the step is left out."""
    strategy: Strategy | None = None
    risk_level: RiskLevel | None = None
    """Can only raise the risk."""
    not_before: str | None = None
    """A template that gives RFC 3339."""
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None


class ActionTemplate(Event):
    """What a named or matching text becomes: one step, or several in order."""

    version: str
    description: str = ""
    patterns: list[str] = []
    """RE2; each must match a whole line of the model's text. Named groups are `match.<name>`."""
    context_schema: AnyJson = None
    """JSON Schema of the response's `context`; absent: anything."""
    steps: Annotated[list[TemplateStep], Field(min_length=1, max_length=20)]
    tenants: list[str] = ["*"]
    is_active: bool = True


class ActionDefinition(Event):
    """One action type: what it means, how much it matters, and which tools serve it in order."""

    action_type: str
    name: str
    description: str = ""
    category: str = "general"
    requires_approval: bool = True
    impact_level: RiskLevel = RiskLevel.HIGH
    reversible: Literal["yes", "limited", "no"] = "no"
    rollback_supported: bool = False
    resources: list[str] = []
    """Templates of affected resources, such as `inventory:{sku}`."""
    tools: list[str]
    config_schema: JsonObject = {}
    ui_component: str | None = None
    is_active: bool = True
    magnitudes: list[Magnitude] = []


class Approver(Event):
    """A public key (JWK, OKP Ed25519) and whose word it carries. The record itself is signed
    by an admin key rooted in configuration; its setting key is the `kid`."""

    public_key: JsonObject
    actor: str
    tenants: list[str]
    roles: list[str]


class Flag(Event):
    enabled: bool


class Freeze(Event):
    """Nothing within the scope is claimed. Absent fields mean any."""

    tenant: str | None = None
    action_type: str | None = None
    tool: str | None = None
    reason: str = ""


class PolicyEffect(StrEnum):
    """In the order in which they override each other."""

    DENY = "deny"
    REQUIRE_APPROVAL = "require_approval"
    ALLOW = "allow"


class PolicyMode(StrEnum):
    ENFORCE = "enforce"
    SHADOW = "shadow"
    """Evaluated and recorded, never applied."""


class _Exact(Event):
    """Of a policy no field is passed over: what is misspelled would be a rule that covers more,
    or less, than its author meant."""

    model_config = ConfigDict(extra="forbid")


RULE_NAME = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
RuleName = Annotated[str, Field(pattern=RULE_NAME)]
Scope = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=500)]


class PolicyStage(_Exact):
    role: Annotated[str, Field(min_length=1, max_length=64)]
    quorum: Annotated[int, Field(ge=1, le=20)] = 1


class PolicyRule(_Exact):
    """What is done about the actions of its scope for which `when` is true."""

    name: RuleName
    description: str = ""
    when: Annotated[str, Field(min_length=1, max_length=2_000)]
    """CEL; see docs/guides/policies.md for what it may look at."""
    effect: PolicyEffect
    mode: PolicyMode = PolicyMode.ENFORCE
    reason: Annotated[str, Field(max_length=500)] = ""
    """For people: shown with the verdict."""
    stages: Annotated[list[PolicyStage], Field(max_length=10)] = []
    """Who must agree, in order; only with `require_approval`. Empty: one approver."""
    sla_s: Annotated[int, Field(ge=1, le=2_592_000)] | None = None
    tenants: Scope | None = None
    """Absent: any."""
    types: Scope | None = None
    tools: Scope | None = None

    @model_validator(mode="after")
    def _only_approvals_have_stages(self) -> Self:
        asks = self.effect is PolicyEffect.REQUIRE_APPROVAL
        if not asks and (self.stages or self.sla_s is not None):
            raise ValueError("stages and sla_s belong to require_approval alone")
        return self


class PolicyPack(_Exact):
    """Rules in force together (kind `policy`, key: the pack's name)."""

    version: Annotated[str, Field(min_length=1, max_length=64)]
    description: str = ""
    rules: Annotated[list[PolicyRule], Field(max_length=500)] = []
