"""Whose word a decision carries, and every way to pretend otherwise."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey
from pydantic import JsonValue

from processors.signatures import (
    Verified,
    check_decision,
    check_setting,
    public_key,
    sign,
    signed_decision,
    signed_setting,
    verify,
)
from schemas.codec import decode, encode, encode_json
from schemas.events import Decision, JsonObject, Setting
from schemas.names import ActionId, DecisionType, ParamsHash, SettingKind, TenantId, Topic
from schemas.output import Refusal
from schemas.settings import Approver

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def key(kid: str = "ana-1") -> OKPKey:
    made = OKPKey.generate_key("Ed25519")
    return OKPKey.import_key({**made.as_dict(private=True), "kid": kid})


def public(of: OKPKey) -> JsonObject:
    return {name: str(value) for name, value in of.as_dict(private=False).items()}


ANA = key()
APPROVERS = {
    "ana-1": Approver(
        public_key=public(ANA), actor="ana@example.com", tenants=["demo"], roles=["approver"]
    )
}


def decision(**changes: Any) -> Decision:
    fields: dict[str, Any] = {
        "decision_id": "d-1",
        "type": DecisionType.APPROVE,
        "tenant_id": TenantId("demo"),
        "action_id": ActionId("6f1c5b3e-0000-5000-8000-000000000001"),
        "revision": 1,
        "params_hash": ParamsHash("ab" * 32),
        "actor": "ana@example.com",
        "reason": "Está bien: ñandú ✓ 日本 \u202e",
        "params": {"n": 1, "deep": {"list": [1.5, None, "x"]}},
        "at": AT,
    }
    return Decision(**{**fields, **changes})


def code(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


def compact(header: Mapping[str, JsonValue], claims: JsonValue, signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def claims_of(record: Decision) -> dict[str, JsonValue]:
    claims: dict[str, JsonValue] = json.loads(encode_json(record))
    del claims["signature"]
    return claims


def forged(header: Mapping[str, JsonValue], by: OKPKey = ANA, **claims: JsonValue) -> Decision:
    """The decision under any header, and with other claims, really signed."""
    said = {**claims_of(decision()), **claims}
    unsigned = compact(header, said).rpartition(".")[0]
    raw: Any = by.get_op_key("sign")
    made = base64.urlsafe_b64encode(raw.sign(unsigned.encode())).rstrip(b"=").decode()
    return decision(signature=f"{unsigned}.{made}")


def test_a_signed_decision_is_its_approvers() -> None:
    assert check_decision(signed_decision(decision(), ANA), APPROVERS) == APPROVERS["ana-1"]


@pytest.mark.parametrize("form", [encode, encode_json])
def test_a_signature_survives_both_encodings(form: Any) -> None:
    read = decode(Topic.DECISIONS, form(signed_decision(decision(), ANA)))
    assert isinstance(read, Decision)
    assert check_decision(read, APPROVERS) == APPROVERS["ana-1"]


@pytest.mark.parametrize("alg", ["EdDSA", "Ed25519"])
def test_both_names_of_the_algorithm_are_taken(alg: str) -> None:
    signed = forged({"alg": alg, "kid": "ana-1"})
    assert check_decision(signed, APPROVERS) == APPROVERS["ana-1"]


def test_other_clients_may_leave_out_what_is_absent_and_write_times_their_way() -> None:
    every = claims_of(decision())
    claims: JsonObject = {name: value for name, value in every.items() if value is not None}
    claims["at"] = "2026-03-01T13:00:00.123456+01:00"
    signed = decision(signature=sign(claims, ANA))
    assert check_decision(signed, APPROVERS) == APPROVERS["ana-1"]


def test_without_a_signature_nobody_said_it() -> None:
    assert code(check_decision(decision(), APPROVERS)) == "signature_missing"
    assert code(check_decision(decision(signature=""), APPROVERS)) == "signature_missing"


@pytest.mark.parametrize(
    "change",
    [
        {"type": DecisionType.REJECT},
        {"revision": 2},
        {"params_hash": "cd" * 32},
        {"action_id": "6f1c5b3e-0000-5000-8000-000000000002"},
        {"tenant_id": "other"},
        {"notes": "added"},
        {"reason": None},
        {"decision_id": "d-2"},
        {"actor": "eve@example.com"},
        {"at": datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)},
        {"params": {"n": True, "deep": {"list": [1.5, None, "x"]}}},
        {"params": {"n": 1.0, "deep": {"list": [1.5, None, "x"]}}},
        {"params": None},
        {"action_ids": ["6f1c5b3e-0000-5000-8000-000000000002"]},
    ],
)
def test_every_field_outside_must_say_what_was_signed(change: dict[str, Any]) -> None:
    signed = signed_decision(decision(), ANA).model_copy(update=change)
    assert code(check_decision(signed, APPROVERS)) == "signature_mismatch"


def test_a_payload_that_says_more_is_refused() -> None:
    signed = forged({"alg": "Ed25519", "kid": "ana-1"}, only_if="the price is below 10")
    assert code(check_decision(signed, APPROVERS)) == "signature_mismatch"


def test_a_tampered_payload_is_no_signature() -> None:
    header, _, made = (signed_decision(decision(), ANA).signature or "").split(".")
    other = decision(revision=2)
    payload = base64.urlsafe_b64encode(json.dumps(claims_of(other)).encode()).rstrip(b"=").decode()
    tampered = decision(revision=2, signature=f"{header}.{payload}.{made}")
    assert code(check_decision(tampered, APPROVERS)) == "signature_invalid"


def test_another_key_under_the_same_kid_is_no_signature() -> None:
    assert code(check_decision(signed_decision(decision(), key()), APPROVERS)) == (
        "signature_invalid"
    )


def test_an_unknown_kid_is_nobody() -> None:
    stranger = signed_decision(decision(), key("eve-1"))
    assert code(check_decision(stranger, APPROVERS)) == "key_unknown"


def test_a_key_speaks_for_its_own_actor_only() -> None:
    as_somebody_else = signed_decision(decision(actor="luis@example.com"), ANA)
    assert code(check_decision(as_somebody_else, APPROVERS)) == "actor_mismatch"


def test_an_approver_has_no_word_in_another_tenant() -> None:
    foreign = signed_decision(decision(tenant_id=TenantId("other")), ANA)
    assert code(check_decision(foreign, APPROVERS)) == "tenant_foreign"
    everywhere = {"ana-1": APPROVERS["ana-1"].model_copy(update={"tenants": ["*"]})}
    assert check_decision(foreign, everywhere) == everywhere["ana-1"]


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "kid": "ana-1"},
        {"alg": "None", "kid": "ana-1"},
        {"alg": "Ed448", "kid": "ana-1"},
        {"alg": "ES256", "kid": "ana-1"},
        {"alg": ["Ed25519"], "kid": "ana-1"},
        {"alg": None, "kid": "ana-1"},
        {"kid": "ana-1"},
        {"alg": "Ed25519"},
        {"alg": "Ed25519", "kid": ""},
        {"alg": "Ed25519", "kid": ["ana-1"]},
        {"alg": "Ed25519", "kid": "ana-1", "crit": ["exp"], "exp": 1},
        {"alg": "Ed25519", "kid": "ana-1", "crit": []},
        {"alg": "Ed25519", "kid": "ana-1", "b64": False, "crit": ["b64"]},
        {"alg": "Ed25519", "kid": "ana-1", "jwk": public(ANA)},
        {"alg": "Ed25519", "kid": "ana-1", "jku": "https://example.com/keys"},
    ],
)
def test_a_header_chooses_nothing(header: dict[str, JsonValue]) -> None:
    assert code(check_decision(forged(header), APPROVERS)) == "signature_invalid"


def test_a_public_key_is_not_a_shared_secret() -> None:
    """The classic confusion: HMAC, keyed with the public key everybody knows."""
    secret = OctKey.import_key(base64.urlsafe_b64decode(str(public(ANA)["x"]) + "="))
    claims = json.dumps(claims_of(decision()))
    header = {"alg": "HS256", "kid": "ana-1"}
    signed = jws.serialize_compact(header, claims, secret, algorithms=["HS256"])
    assert code(check_decision(decision(signature=signed), APPROVERS)) == "signature_invalid"


def test_an_unsecured_jws_is_no_signature() -> None:
    unsecured = compact({"alg": "none", "kid": "ana-1"}, claims_of(decision()))
    assert code(check_decision(decision(signature=unsecured), APPROVERS)) == "signature_invalid"


def test_a_json_serialization_is_not_taken() -> None:
    header, payload, made = (signed_decision(decision(), ANA).signature or "").split(".")
    flat = json.dumps({"protected": header, "payload": payload, "signature": made})
    assert code(check_decision(decision(signature=flat), APPROVERS)) == "signature_invalid"


@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    expected = {"signature_missing", "signature_invalid"}
    assert code(check_decision(decision(signature=text), APPROVERS)) in expected


@given(st.tuples(st.binary(), st.binary(), st.binary()))
def test_no_three_parts_break_the_check(parts: tuple[bytes, bytes, bytes]) -> None:
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    assert code(check_decision(decision(signature=text), APPROVERS)) == "signature_invalid"


@pytest.mark.parametrize(
    ("header", "payload"),
    [("[]", "{}"), ('["alg"]', "{}"), ("1", "{}"), ("{" * 400, "{}"), ('"alg"', "{}")],
)
def test_odd_headers_are_no_signature(header: str, payload: str) -> None:
    parts = (header.encode(), payload.encode(), b"x")
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    assert code(check_decision(decision(signature=text), APPROVERS)) == "signature_invalid"


def test_claims_must_be_an_object() -> None:
    signed = jws.serialize_compact(
        {"alg": "Ed25519", "kid": "ana-1"}, b"[]", ANA, algorithms=["Ed25519"]
    )
    assert code(verify(signed, {"ana-1": public_key(public(ANA))})) == "signature_invalid"


def test_verify_gives_the_claims_and_who_made_them() -> None:
    signed = sign({"a": "ü"}, ANA)
    keys = {"ana-1": public_key(public(ANA))}
    assert verify(signed, keys) == Verified("ana-1", {"a": "ü"})


def test_signing_needs_a_private_key_with_a_kid() -> None:
    for useless in (public_key(public(ANA)), OKPKey.generate_key("Ed25519")):
        with pytest.raises(ValueError, match="private Ed25519 key with a kid"):
            sign({}, useless)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "not base64!"},
        {"kty": "OKP", "crv": "Ed25519", "x": 5},
        {"kty": "OKP", "crv": "X25519", "x": public(ANA)["x"]},
        {**{name: str(value) for name, value in ANA.as_dict(private=True).items()}},
    ],
)
def test_what_is_no_public_ed25519_key_is_refused(jwk: JsonObject) -> None:
    with pytest.raises(ValueError, match="key"):
        public_key(jwk)


def test_an_ed448_approver_has_no_key_here() -> None:
    other = OKPKey.import_key(Ed448PrivateKey.generate())
    approver = APPROVERS["ana-1"].model_copy(
        update={"public_key": {**public(other), "kid": "ana-1"}}
    )
    signed = signed_decision(decision(), ANA)
    assert code(check_decision(signed, {"ana-1": approver})) == "signature_invalid"


def test_a_setting_counts_when_an_admin_signed_it() -> None:
    admin = key("admin-1")
    admins = {"admin-1": public_key(public(admin))}
    freeze = Setting(
        kind=SettingKind.FREEZE, key="all", value={"reason": "audit"}, actor="root", at=AT
    )
    signed = signed_setting(freeze, admin)
    assert isinstance(check_setting(signed, admins), Verified)
    assert code(check_setting(freeze, admins)) == "signature_missing"
    assert code(check_setting(signed, {})) == "key_unknown"
    lifted = signed.model_copy(update={"value": None})
    assert code(check_setting(lifted, admins)) == "signature_mismatch"


def test_a_decisions_signature_is_no_settings() -> None:
    admins = {"ana-1": public_key(public(ANA))}
    borrowed = Setting(
        kind=SettingKind.FREEZE,
        key="all",
        actor="ana@example.com",
        at=AT,
        signature=signed_decision(decision(), ANA).signature,
    )
    assert code(check_setting(borrowed, admins)) == "signature_mismatch"
