"""Decisions nobody listens to, and decisions that are answered but change nothing."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from joserfc.jwk import OKPKey

from interlock.keys import LOCAL_ACTOR, new_key
from processors.signatures import signed_decision
from schemas.codec import encode_json
from schemas.events import Decision
from schemas.names import ActionId, DecisionType, ParamsHash, TenantId
from schemas.wire import MARKER
from tests.crash.preparation import STRANGER


@dataclass(frozen=True, eq=False)
class Desk:
    """A pending action, and the keys of the two people who may sign."""

    tenant: TenantId
    action: ActionId
    params_hash: ParamsHash
    ana: OKPKey
    stranger: OKPKey

    def decision(self, **fields: Any) -> Decision:
        """Ana's approval of the action, but for the fields; not signed."""
        values: dict[str, Any] = {
            "decision_id": uuid.uuid4().hex,
            "type": DecisionType.APPROVE,
            "tenant_id": self.tenant,
            "action_id": self.action,
            "revision": 1,
            "params_hash": self.params_hash,
            "actor": LOCAL_ACTOR,
            "at": datetime.now(UTC),
            **fields,
        }
        return Decision(**values)


Value = Callable[[Desk], bytes | None]


@dataclass(frozen=True, eq=False)
class BadDecision:
    """Answered by nobody: a dead letter with this code."""

    name: str
    value: Value
    code: str


@dataclass(frozen=True, eq=False)
class IdleDecision:
    """Authentic, and answered so; the action stays where it is."""

    name: str
    fields: dict[str, Any]
    answer: tuple[str, str]


def signed(**fields: Any) -> Value:
    """Ana's own, with a good signature."""
    return lambda desk: encode_json(signed_decision(desk.decision(**fields), desk.ana))


def by_the_stranger(**fields: Any) -> Value:
    return lambda desk: encode_json(
        signed_decision(desk.decision(actor=STRANGER, **fields), desk.stranger)
    )


def by_nobody_known(desk: Desk) -> bytes:
    return encode_json(signed_decision(desk.decision(), new_key()))


def tampered(**fields: Any) -> Value:
    """What was not signed, under what was; `...` leaves a field out."""

    def value(desk: Desk) -> bytes:
        decision = signed_decision(desk.decision(), desk.ana)
        content = {**orjson.loads(encode_json(decision)), **fields}
        return orjson.dumps({k: v for k, v in content.items() if v is not ...})

    return value


def literally(value: bytes | None) -> Value:
    return lambda desk: value


BAD_DECISIONS = [
    BadDecision("not JSON", literally(b"approved"), "not_json"),
    BadDecision("garbage", literally(MARKER + b"garbage!"), "unknown_fingerprint"),
    BadDecision("empty", literally(b""), "empty"),
    BadDecision("tombstone", literally(None), "tombstone"),
    BadDecision("no decision_id", tampered(decision_id=...), "missing_field"),
    BadDecision("unknown type", tampered(type="cancel"), "bad_field"),
    BadDecision("wrong type", tampered(revision="first"), "wrong_type"),
    BadDecision("NUL in the actor", tampered(actor="a\0b"), "bad_field"),
    BadDecision("NUL in the reason", signed(reason="a\0b"), "bad_field"),
    BadDecision("ill-formed action_id", signed(action_id="42"), "bad_field"),
    BadDecision("revision 0", signed(revision=0), "bad_field"),
    BadDecision("a revision beyond any", signed(revision=2**31), "bad_field"),
    BadDecision("300 KB", signed(params={"x": "y" * 300_000}), "record_too_large"),
    BadDecision("unsigned", tampered(signature=None), "signature_missing"),
    BadDecision("no signature at all", tampered(signature="a.b.c"), "signature_invalid"),
    BadDecision("a key nobody knows", by_nobody_known, "key_unknown"),
    BadDecision("a vote turned around", tampered(type="reject"), "signature_mismatch"),
    BadDecision("another action", tampered(params_hash="0" * 64), "signature_mismatch"),
    BadDecision("somebody else's name", signed(actor="luis@example.com"), "actor_mismatch"),
    BadDecision("another tenant's approver", by_the_stranger(), "tenant_foreign"),
    BadDecision(
        "another tenant's command", by_the_stranger(tenant_id="elsewhere"), "tenant_foreign"
    ),
]

IDLE_DECISIONS = [
    IdleDecision("no revision", {"revision": None}, ("not_allowed", "revision_missing")),
    IdleDecision("no action", {"action_id": None}, ("not_allowed", "revision_missing")),
    IdleDecision("other parameters", {"params_hash": "0" * 64}, ("stale", "params_hash_differs")),
    IdleDecision("no parameters", {"params_hash": None}, ("stale", "params_hash_differs")),
    IdleDecision("not possible yet", {"type": DecisionType.EDIT}, ("not_allowed", "not_supported")),
]
