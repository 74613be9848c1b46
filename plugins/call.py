"""One call as it arrives: parsed at the edge, immutable afterwards."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import rfc8785
from pydantic import JsonValue

from plugins.problems import Problem

Params = Mapping[str, JsonValue]

_ACTION_ID = re.compile(r"[0-9a-z][0-9a-z_-]{0,63}")
"""Narrow on purpose: the key made from it names a file."""
_KEY = re.compile(r"[0-9a-z][0-9a-z_-]{0,63}\.[1-9][0-9]{0,19}")
_MAX_TENANT, _MAX_TRACE, _MAX_VERSION = 128, 256, 64
EVERYONE = "*"
"""Tenant of rows that all may read; nobody can call as it."""


@dataclass(frozen=True, slots=True)
class Call:
    """`POST /internal/plugins/{tool}/invoke`.

    `params` are checked for form only (an object, no NUL): the tool's schema is checked
    later. `params_sha256` is hex over their RFC 8785 canonical JSON.
    """

    key: str
    tool: str
    tenant_id: str
    action_id: str
    revision: int
    trace_id: str
    version: str | None
    params: Params
    params_sha256: str


def is_key(text: str) -> bool:
    """Whether `text` has the form of an idempotency key, `<action_id>.<revision>`."""
    return _KEY.fullmatch(text) is not None


def read_call(tool: str, key: str | None, body: bytes) -> Call:
    """Read a call to `tool` from its `Idempotency-Key` header and its body.

    Raises:
        Problem: 400 if key, tenant or another part of the envelope is missing or not what
            it must be; 422 if a string holds NUL or the params have no canonical form.
    """
    if key is None:
        raise Problem(400, "idempotency_key_missing", "The header Idempotency-Key is required.")
    envelope = _object(body)
    if b"\\u0000" in body and _holds_nul(envelope):
        raise Problem(422, "nul_character", "A string holds the character U+0000.")
    tenant_id = _tenant(envelope)
    action_id = _text(envelope, "action_id", 64)
    if not _ACTION_ID.fullmatch(action_id):
        raise _malformed("action_id", "up to 64 of a-z, 0-9, - and _")
    revision = envelope.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool) or revision < 1:
        raise _malformed("revision", "an integer from 1")
    if key != f"{action_id}.{revision}":
        raise Problem(
            400, "idempotency_key_mismatch", "Idempotency-Key is not <action_id>.<revision>."
        )
    if _text(envelope, "tool", 64) != tool:
        raise Problem(400, "tool_mismatch", "The body names another tool than the path.")
    params = envelope.get("params")
    if not isinstance(params, dict):
        raise _malformed("params", "an object")
    return Call(
        key=key,
        tool=tool,
        tenant_id=tenant_id,
        action_id=action_id,
        revision=revision,
        trace_id=_text(envelope, "trace_id", _MAX_TRACE),
        version=None
        if envelope.get("version") is None
        else _text(envelope, "version", _MAX_VERSION),
        params=params,
        params_sha256=_sha256(params),
    )


def _object(body: bytes) -> dict[str, JsonValue]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "malformed_json", f"The body is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Problem(400, "malformed_json", "The body is not a JSON object.")
    return value


def _tenant(envelope: Params) -> str:
    tenant = envelope.get("tenant_id")
    if tenant is None or tenant == "":
        raise Problem(400, "tenant_missing", "tenant_id is required.")
    text = _text(envelope, "tenant_id", _MAX_TENANT)
    if not text.isprintable() or text.strip() != text or text == EVERYONE:
        raise _malformed("tenant_id", "a printable name")
    return text


def _text(envelope: Params, name: str, longest: int) -> str:
    value = envelope.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise _malformed(name, f"a string of 1 to {longest} characters")
    return value


def _malformed(name: str, expected: str) -> Problem:
    return Problem(400, "malformed_call", f"{name} must be {expected}.", members={"field": name})


def _holds_nul(value: JsonValue) -> bool:
    """Whether any string or name inside holds NUL, which PostgreSQL cannot store.

    Walks with a list of its own: depth is the sender's choice, Python's stack is not.
    """
    waiting: list[JsonValue] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and "\0" in item:
            return True
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False


def _sha256(params: dict[str, JsonValue]) -> str:
    try:
        return hashlib.sha256(rfc8785.dumps(params)).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise Problem(
            422, "params_not_canonical", "The params have no RFC 8785 canonical form."
        ) from error
