"""Signatures of people and admins: compact JWS (RFC 7515) by Ed25519 keys (RFC 8037, 9864).

What is signed is the record itself, as a JSON object without its `signature`. The payload is
what counts: every field outside must say the same, and a payload that says more than the
record is refused, since nobody here would act on the rest.

A header holds `alg`, `kid` and at most `typ`. `alg` is `Ed25519` or, its older name, `EdDSA`;
nothing in a header ever chooses how, or against which embedded key, it is checked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry
from pydantic import JsonValue

from schemas import jsontext
from schemas.codec import encode_json
from schemas.edges import validated
from schemas.events import Decision, JsonObject, Setting
from schemas.faults import RecordFault
from schemas.names import SettingKind
from schemas.output import Refusal
from schemas.settings import Approver

SIGNED_KINDS = frozenset({SettingKind.APPROVER, SettingKind.FREEZE})
"""Settings that count only when an admin signed them."""

ANY_TENANT = "*"

E = TypeVar("E", Decision, Setting)
Keys = Mapping[str, OKPKey]
"""Public keys by `kid`."""

_ALGORITHMS = ("Ed25519", "EdDSA")
_HEADER = frozenset({"alg", "kid", "typ"})


class _Ed25519Only(JWSRegistry):
    max_payload_length = 1_048_576

    def get_alg(self, name: str) -> Any:
        if name not in _ALGORITHMS:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        # One algorithm under both names: with `EdDSA` proper, an Ed448 key would do too.
        return self.algorithms["Ed25519"]


_registry = _Ed25519Only()


@dataclass(frozen=True, slots=True)
class Verified:
    """The claims of a good signature, and the id of the key that made it."""

    kid: str
    claims: JsonObject


def public_key(jwk: JsonObject) -> OKPKey:
    """A key to check signatures with, from its JWK.

    Raises:
        ValueError: not a public Ed25519 key.
    """
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise ValueError("the key is not an Ed25519 key (kty OKP, crv Ed25519)")
    if "d" in jwk:
        raise ValueError("the key is a private one: publish its public half only")
    only: dict[str, Any] = {name: jwk[name] for name in ("kty", "crv", "x", "kid") if name in jwk}
    try:
        key = OKPKey.import_key(only)
        # Some faults of a key show only when it is used.
        key.get_op_key("verify")
    except (JoseError, ValueError, TypeError) as error:
        raise ValueError("the key's `x` is not an Ed25519 public key") from error
    return key


def sign(claims: JsonObject, key: OKPKey) -> str:
    """A compact JWS over the claims; the key's `kid` names the signer.

    Raises:
        ValueError: the key has no `kid`, or is not a private Ed25519 key.
        RecordFault: the claims have no JSON text.
    """
    if not key.kid or key.curve_name != "Ed25519" or not key.is_private:
        raise ValueError("signing needs a private Ed25519 key with a kid")
    header = {"alg": "Ed25519", "kid": key.kid}
    return jws.serialize_compact(header, jsontext.dumps(claims, "claims"), key, registry=_registry)


def verify(signature: str, keys: Keys) -> Verified | Refusal:
    """The claims, if one of the keys signed them.

    Refusals: `signature_invalid`, `key_unknown`.
    """
    return _verify(signature, keys.get)


def signed_decision(decision: Decision, key: OKPKey) -> Decision:
    """The decision with its signature."""
    return decision.model_copy(update={"signature": sign(_claims(decision), key)})


def check_decision(decision: Decision, approvers: Mapping[str, Approver]) -> Approver | Refusal:
    """Whose word the decision is: only an authentic one, of a tenant of theirs, has somebody.

    Refusals: `signature_missing`, `signature_invalid`, `key_unknown`, `signature_mismatch`,
    `actor_mismatch`, `tenant_foreign`.
    """

    def find(kid: str) -> OKPKey | None:
        approver = approvers.get(kid)
        return None if approver is None else public_key(approver.public_key)

    checked = _check(decision, find)
    if isinstance(checked, Refusal):
        return checked
    approver = approvers[checked.kid]
    if decision.actor != approver.actor:
        return Refusal("actor_mismatch", "the key belongs to somebody other than the actor")
    if not {ANY_TENANT, decision.tenant_id} & set(approver.tenants):
        return Refusal("tenant_foreign", "the actor has no word in this tenant")
    return approver


def signed_setting(setting: Setting, key: OKPKey) -> Setting:
    """The setting with its signature."""
    return setting.model_copy(update={"signature": sign(_claims(setting), key)})


def check_setting(setting: Setting, admin_keys: Keys) -> Verified | Refusal:
    """Whether an admin signed exactly this setting.

    Refusals: `signature_missing`, `signature_invalid`, `key_unknown`, `signature_mismatch`.
    """
    return _check(setting, admin_keys.get)


def _check(record: E, find: Callable[[str], OKPKey | None]) -> Verified | Refusal:
    if not record.signature:
        return Refusal("signature_missing", "the record is not signed")
    verified = _verify(record.signature, find)
    if isinstance(verified, Refusal):
        return verified
    if not _says(verified.claims, record):
        return Refusal("signature_mismatch", "the record says something other than what was signed")
    return verified


def _verify(signature: str, find: Callable[[str], OKPKey | None]) -> Verified | Refusal:
    invalid = Refusal("signature_invalid", "the signature is not a good Ed25519 JWS")
    try:
        found = jws.extract_compact(signature.encode("ascii"), registry=_registry)
        header = found.headers()
        kid = header.get("kid")
        if not set(header) <= _HEADER or not isinstance(kid, str) or not kid:
            return invalid
        key = find(kid)
        if key is None:
            return Refusal("key_unknown", "nobody known signs with this key")
        if not jws.validate_compact(found, key, registry=_registry):
            return invalid
        claims = jsontext.loads(found.payload, "payload")
    except (JoseError, RecordFault, ValueError, TypeError, AttributeError, RecursionError):
        return invalid
    return Verified(kid, claims) if isinstance(claims, dict) else invalid


def _says(claims: JsonObject, record: E) -> bool:
    """Whether claims and record are the same record.

    Compared as JSON text: in Python `1 == True == 1.0`, and a signed 1 is not a true.
    """
    if any(v is not None for k, v in claims.items() if k not in _fields(record)):
        return False
    try:
        signed = validated(type(record), claims)
        return _text(_claims(signed)) == _text(_claims(record))
    except RecordFault:
        return False


def _fields(record: E) -> set[str]:
    return set(type(record).model_fields) - {"signature"}


def _claims(record: E) -> JsonObject:
    unsigned = record.model_copy(update={"signature": None})
    claims: dict[str, JsonValue] = orjson.loads(encode_json(unsigned))
    del claims["signature"]
    return claims


def _text(claims: JsonObject) -> bytes:
    return orjson.dumps(claims, option=orjson.OPT_SORT_KEYS)
