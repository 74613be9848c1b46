"""Identities are computed, never drawn: the same input has the same id everywhere.

All of them are UUIDv5 (RFC 9562 §5.5) over a JSON array, so that no two lists of
parts can run together into the same text. Changing anything here changes every id
there is: the golden values in `tests/unit/test_identity.py` must not move.
"""

import hashlib
import uuid
from collections.abc import Mapping
from hashlib import sha1

import orjson
import rfc8785

from schemas.canonical import canonical
from schemas.names import ActionId, EventId, ParamsHash, TenantId

_NAMESPACE = uuid.UUID("6b7a1f52-0c3e-5d84-9a6b-2f1d7c90e3ab")


def _uuid5(*parts: str | int) -> str:
    """As `uuid.uuid5`, without its objects: every record of the chain gets one."""
    digest = bytearray(sha1(_NAMESPACE.bytes + orjson.dumps(parts), usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"


def action_id(tenant: TenantId, origin_kind: str, origin_id: str, index: int) -> ActionId:
    """Id of the `index`-th action of an origin (`response`: a response_id; `rollback`: the
    compensated `action_id.revision`)."""
    return ActionId(_uuid5("action", tenant, origin_kind, origin_id, index))


def content_hash(value: bytes) -> str:
    """SHA-256 of a record's value as it arrived, in hex."""
    return hashlib.sha256(value).hexdigest()


def input_id(kind: str, tenant: TenantId, origin_id: str, content: str) -> EventId:
    """`ce_id` we give a record that others wrote; their own `ce_id` header is ignored.

    `kind` is the topic, `origin_id` the response or decision id, `content` its content hash.
    """
    return EventId(_uuid5("input", kind, tenant, origin_id, content))


def output_id(stage: str, cause: EventId, topic: str, place: int) -> EventId:
    """`ce_id` of the `place`-th output that `stage` wrote because of `cause`."""
    return EventId(_uuid5("output", stage, cause, topic, place))


def report_id(action: ActionId, revision: int, step: int) -> EventId:
    """`ce_id` of the `step`-th thing the effects ledger tells about one revision."""
    return EventId(_uuid5("report", action, revision, step))


def params_hash(tool: str, version: str | None, params: Mapping[str, object]) -> ParamsHash:
    """SHA-256 (hex) over the RFC 8785 canonical JSON of tool, version and params.

    Raises:
        ValueError: params hold what canonical JSON cannot: an integer beyond 2**53,
            NaN or an infinity, or text that is not valid Unicode.
    """
    try:
        content = canonical({"tool": tool, "version": version, "params": dict(params)})
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from error
    return ParamsHash(hashlib.sha256(content).hexdigest())


def idempotency_key(action: ActionId, revision: int) -> str:
    """What a plugin sees as `Idempotency-Key`, and what names a compensated effect."""
    return f"{action}.{revision}"
