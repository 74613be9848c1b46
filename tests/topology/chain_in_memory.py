"""A test's hand on the chain in memory: publish, decide, read what was said."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from joserfc.jwk import OKPKey
from pydantic import JsonValue

from interlock.topology import Topology
from processors.signatures import signed_decision
from schemas.codec import encode_json
from schemas.events import Decision, StateChanged
from schemas.identity import action_id
from schemas.names import ActionId, DecisionType, TenantId, Topic
from schemas.settings import Approver
from schemas.states import State

TENANT = TenantId("demo")
TASK: dict[str, JsonValue] = {
    "action_type": "create_task",
    "parameters": {"titulo": "Revisar", "descripcion": "ventas", "prioridad": "alta"},
    "confidence": 0.95,
}
STOCK: dict[str, JsonValue] = {
    "action_type": "update_inventory",
    "parameters": {"sku": "sku-17", "cantidad": 5, "motivo": "Reposición"},
    "confidence": 0.95,
}


class Chain(Topology):
    def respond(self, *actions: JsonValue, **fields: Any) -> ActionId:
        """Publish a documented response and run; the id of its first action."""
        response: dict[str, Any] = {
            "response_id": uuid.uuid4().hex,
            "tenant_id": TENANT,
            "trace_id": "0af7651916cd43dd8448eb211c80319c",
            "output": {"actions": list(actions)},
            **fields,
        }
        self.pipe(Topic.RESPONSES, orjson.dumps(response), response["tenant_id"].encode())
        return action_id(response["tenant_id"], "response", response["response_id"], 0)

    @property
    def changes(self) -> list[StateChanged]:
        return cast(list[StateChanged], self.events(Topic.STATE_CHANGED))

    def states(self, action: ActionId) -> list[State | None]:
        """The action's transitions by sequence, never by arrival."""
        mine = [c for c in self.changes if c.action_id == action and c.kind == "transition"]
        return [c.state for c in sorted(mine, key=lambda c: c.sequence or 0)]

    def answers(self) -> list[tuple[str | None, str | None]]:
        """(answer, reason code) of every decision answered, in order."""
        return [
            (c.answer, c.reason.code if c.reason else None)
            for c in self.changes
            if c.kind == "answer"
        ]

    def count(self, topic: Topic) -> int:
        return len(self.logs[topic.value])


class Person:
    """An approver with a key of their own."""

    def __init__(
        self, actor: str, tenants: Sequence[str] = (TENANT,), roles: Sequence[str] = ("approver",)
    ) -> None:
        self.actor = actor
        self.key = OKPKey.generate_key("Ed25519", {"kid": uuid.uuid4().hex})
        self.kid = str(self.key.kid)
        self.approver = Approver(
            public_key=cast(dict[str, JsonValue], self.key.as_dict(private=False)),
            actor=actor,
            tenants=list(tenants),
            roles=list(roles),
        )

    def decision(
        self, chain: Chain, kind: DecisionType, action: ActionId, **fields: Any
    ) -> Decision:
        """A signed decision on the action as it stands now."""
        seen = next((c for c in chain.changes if c.action_id == action and c.params_hash), None)
        values: Mapping[str, Any] = {
            "decision_id": uuid.uuid4().hex,
            "type": kind,
            "tenant_id": TENANT,
            "action_id": action,
            "revision": 1,
            "params_hash": seen.params_hash if seen else None,
            "actor": self.actor,
            "at": chain.clock(),
            **fields,
        }
        return signed_decision(Decision(**values), self.key)

    def decide(self, chain: Chain, kind: DecisionType, action: ActionId, **fields: Any) -> None:
        """Publish it and run."""
        decision = self.decision(chain, kind, action, **fields)
        chain.pipe(Topic.DECISIONS, encode_json(decision), decision.tenant_id.encode())
