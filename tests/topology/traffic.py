"""Any settings and any traffic, for properties of whole runs of the chain in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import orjson
from hypothesis import Phase
from hypothesis import strategies as st
from pydantic import JsonValue

from interlock.settings import Settings
from processors.effects import Answered, CallOutcome, Refused, Unclear
from processors.settings_log import reducer
from processors.snapshot import Snapshot
from schemas.codec import encode
from schemas.events import Event, JsonObject, Setting
from schemas.identity import action_id
from schemas.ledger import Claimed
from schemas.names import ActionId, RiskLevel, SettingKind, TenantId, Topic
from schemas.records import Coordinates, Record
from tests.topology.chain_in_memory import Chain, Person
from tests.topology.conftest import definition, plugin

AT = datetime(2026, 1, 1, tzinfo=UTC)
ANA = Person("ana@example.com", ["*"])
TYPES = ("create_task", "send_notification", "update_inventory")
FOUND = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failing run is shown as it was found: making it smaller takes minutes."""
OPEN: JsonObject = {
    "automation_enabled": True,
    "approval_required": False,
    "auto_approval_threshold": 0.8,
    "canary_percentage": 1.0,
    "safety_mode": "moderate",
    "preapproved_action_types": ["create_task"],
}

Change = tuple[SettingKind, str, JsonObject | None]


def base() -> list[Change]:
    """What any run begins with: three types, their tools."""
    return [
        *(
            (SettingKind.DEFINITION, name, definition(name).model_dump(mode="json"))
            for name in TYPES
        ),
        *((SettingKind.PLUGIN, name, plugin(name).model_dump(mode="json")) for name in TYPES),
    ]


@dataclass
class SettingsLog:
    """`control.settings`: every record, and the snapshot of any version."""

    records: list[Record] = field(default_factory=list)

    def publish(self, changes: Sequence[Change]) -> None:
        for kind, key, value in changes:
            said = Setting(kind=kind, key=key, value=value, actor="ops", at=AT)
            at = Coordinates(Topic.SETTINGS.value, 0, len(self.records))
            self.records.append(Record(at, f"{kind.value}:{key}".encode(), encode(said)))

    def snapshot(self, version: int) -> Snapshot:
        return reducer({})(Snapshot(), self.records[: version + 1])

    @property
    def newest(self) -> Snapshot:
        return self.snapshot(len(self.records) - 1)


@dataclass(frozen=True)
class Proposal:
    """One response of a tenant, with one action."""

    action_type: str
    confidence: float | None
    params: Mapping[str, JsonValue]
    context: Mapping[str, JsonValue] = field(default_factory=dict)
    outcome: int = 0
    """How the plugin answers: an index into `OUTCOMES`."""
    traced: bool = True


OUTCOMES: tuple[CallOutcome, ...] = (
    Answered({"ok": True}),
    Refused("http_404", "no"),
    Unclear("http_500", "perhaps"),
)

PARAMS: Mapping[str, Sequence[Mapping[str, JsonValue]]] = {
    "create_task": [
        {"titulo": "Revisar", "descripcion": "ventas", "prioridad": "alta"},
        {"titulo": "Llamar", "descripcion": "a eva@example.com", "prioridad": "baja"},
    ],
    "send_notification": [{"titulo": "Alerta", "mensaje": "Anomalía"}],
    "update_inventory": [{"sku": "sku-17", "cantidad": 5, "motivo": "Reposición"}],
}

# Weighted: most proposals are ordinary, or hardly any would run and make a history.
PROPOSALS = st.sampled_from([TYPES[0], TYPES[0], *TYPES]).flatmap(
    lambda name: st.builds(
        Proposal,
        action_type=st.just(name),
        confidence=st.sampled_from([0.95, 0.95, 0.95, 0.85, 0.5, None]),
        params=st.sampled_from(PARAMS[name]),
        context=st.sampled_from([{}, {"region": "eu"}]),
        outcome=st.sampled_from([0, 0, 0, 1, 2]),
        traced=st.sampled_from([True] * 9 + [False]),
    )
)

_FIELDS: st.SearchStrategy[JsonObject] = st.fixed_dictionaries(
    {},
    optional={
        "automation_enabled": st.sampled_from([True, True, True, False]),
        "approval_required": st.sampled_from([False, False, False, True]),
        "auto_approval_threshold": st.sampled_from([0.0, 0.8, 0.9]),
        "max_actions_per_hour": st.sampled_from([2, 5, 100, 0]),
        "max_actions_per_day": st.sampled_from([100, 3]),
        "allowed_action_types": st.none() | st.lists(st.sampled_from(TYPES), min_size=1),
        "preapproved_action_types": st.lists(st.sampled_from(TYPES)),
        "canary_percentage": st.sampled_from([1.0, 1.0, 0.5, 0.0]),
        "safety_mode": st.sampled_from(["strict", "moderate", "permissive"]),
        "domains": st.lists(st.just("example.com")),
        "working_hours": st.none() | st.just({"timezone": "UTC", "from": "01:00", "to": "02:00"}),
    },
)
TENANT_SETTINGS = st.none() | _FIELDS.map(lambda said: {**OPEN, **said})

CONDITIONS = (
    "true",
    "history.first_time",
    "history.recent_failures > 0",
    "has(history.typical_ms) && history.successes > 1",
    "limits.hour.used > 0",
    "impact.score >= 35",
    "has(context.region)",
    "params.nothing == 1",
    "now.getHours() > 12",
)


_MODE = st.sampled_from(["enforce", "shadow"])
_ANY = st.sampled_from(CONDITIONS)
_RULES: st.SearchStrategy[JsonObject] = st.one_of(
    st.fixed_dictionaries({"effect": st.just("deny"), "when": _ANY, "mode": _MODE}),
    st.fixed_dictionaries(
        {"effect": st.just("require_approval"), "when": _ANY, "mode": _MODE},
        optional={"sla_s": st.just(60)},
    ),
    # What upstream says may only tighten.
    st.fixed_dictionaries(
        {
            "effect": st.just("allow"),
            "when": _ANY.filter(lambda when: "context" not in when),
            "mode": _MODE,
        }
    ),
)


def packs(**scope: JsonValue) -> st.SearchStrategy[JsonObject | None]:
    """A pack of rules within a scope; None: the pack is taken away."""
    return st.none() | st.lists(_RULES, max_size=3).map(
        lambda rules: {
            "version": "1",
            "rules": [{"name": f"r{n}", **scope, **said} for n, said in enumerate(rules)],
        }
    )


GLOBAL_CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        lambda name, level, label: (
            SettingKind.DEFINITION,
            name,
            definition(name, level).model_copy(update={"is_active": label}).model_dump(mode="json"),
        ),
        st.sampled_from(TYPES),
        st.sampled_from(list(RiskLevel)),
        st.sampled_from([True, True, False]),
    ),
    st.builds(
        lambda name, level: (
            SettingKind.PLUGIN,
            name,
            plugin(name, risk_label=level).model_dump(mode="json"),
        ),
        st.sampled_from(TYPES),
        st.sampled_from(list(RiskLevel)),
    ),
    st.tuples(
        st.just(SettingKind.FLAG),
        st.sampled_from(["agent-action-approval", "plugin-risk-guard"]),
        st.sampled_from([None, {"enabled": False}]),
    ),
    st.tuples(
        st.just(SettingKind.LABEL),
        st.sampled_from(TYPES),
        st.none() | st.just({"risk_label": "high", "labelled_at": "2026-01-01T00:00:00Z"}),
    ),
    st.tuples(st.just(SettingKind.POLICY), st.just("base"), packs()),
)


class Run:
    """A chain in memory whose settings come of a log. One person may decide for everyone."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.log = SettingsLog()
        self.log.publish(base())
        self.chain = Chain(settings or Settings(), Snapshot(), self._call)
        self.publish()
        self._outcomes: dict[tuple[str, str | None], CallOutcome] = {}

    def publish(self, *changes: Change) -> None:
        self.log.publish(changes)
        self.chain.snapshot = replace(self.log.newest, approvers={ANA.kid: ANA.approver})

    def propose(self, tenant: str, response_id: str, said: Proposal) -> None:
        """Publish the response, half a minute later, and run."""
        self.chain.clock.advance(30)
        self.write(tenant, response_id, said)
        self.chain.run()

    def write(self, tenant: str, response_id: str, said: Proposal) -> ActionId:
        """Publish the response without running anything; its action's id."""
        self._outcomes[tenant, response_id] = OUTCOMES[said.outcome]
        action: dict[str, JsonValue] = {
            "action_type": said.action_type,
            "parameters": dict(said.params),
        }
        if said.confidence is not None:
            action["confidence"] = said.confidence
        response = {
            "response_id": response_id,
            "tenant_id": tenant,
            "trace_id": "0af7651916cd43dd8448eb211c80319c" if said.traced else None,
            "output": {"actions": [action]},
            "context": dict(said.context),
        }
        self.chain.write(Topic.RESPONSES, orjson.dumps(response), tenant.encode())
        return action_id(TenantId(tenant), "response", response_id, 0)

    def events(self, topic: Topic) -> list[Event]:
        return self.chain.events(topic)

    def _call(self, claimed: Claimed) -> CallOutcome:
        return self._outcomes[claimed.action.tenant_id, claimed.action.response_id]
