"""One value at a time, and when one is at fault: which, and why.

The generated writers and readers come in two dialects. The fast one stops at anything odd
without a word; then the careful one, which calls these functions, does the same work again
and raises the RecordFault.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from struct import Struct

from pydantic import JsonValue

from schemas import binary, jsontext
from schemas.faults import RecordFault
from schemas.shapes import Kind

_DOUBLE = Struct("<d")

IDENTITIES = frozenset(
    {"action_id", "action_ids", "actor", "decision_id", "key", "response_id", "tenant_id"}
)
"""Fields that name rows in PostgreSQL, whose text cannot hold a NUL."""

# --- writing: (value, field) → bytes; TypeError for a value its type forbids ------------------


def write_text(value: str, field: str) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"{field}: {type(value).__name__} is no text")
    try:
        return write_bytes(value.encode(), field)
    except UnicodeEncodeError:
        raise RecordFault("bad_text", f"{field}: holds a lone surrogate") from None


def write_bytes(value: bytes, field: str) -> bytes:
    return binary.long(len(value)) + value


def write_json(value: JsonValue, field: str) -> bytes:
    return write_bytes(jsontext.dumps(value, field), field)


def write_long(value: int, field: str) -> bytes:
    try:
        return binary.long(value)
    except OverflowError:
        raise RecordFault("bad_field", f"{field}: an integer beyond 64 bits") from None


def write_double(value: float, field: str) -> bytes:
    try:
        return _DOUBLE.pack(float(value))
    except OverflowError:
        raise RecordFault("bad_field", f"{field}: a number beyond a double") from None


def write_boolean(value: bool, field: str) -> bytes:
    return b"\x01" if value else b"\x00"


def write_instant(value: datetime, field: str) -> bytes:
    if value.tzinfo is None:
        raise RecordFault("bad_field", f"{field}: a time without a zone")
    return binary.instant(value)


WRITE: dict[Kind, Callable[..., bytes]] = {
    Kind.STRING: write_text,
    Kind.ENUM: write_text,
    Kind.BYTES: write_bytes,
    Kind.JSON: write_json,
    Kind.JSON_OBJECT: write_json,
    Kind.LONG: write_long,
    Kind.DOUBLE: write_double,
    Kind.BOOLEAN: write_boolean,
    Kind.INSTANT: write_instant,
}

# --- reading: (value, position, field) → (what stands there, position after it) ---------------


def read_bytes(value: bytes, at: int, field: str) -> tuple[bytes, int]:
    length, at = binary.read_length(value, at)
    if at + length > len(value):
        raise binary.NotAvro(f"{field}: cut short")
    return value[at : at + length], at + length


def read_text(value: bytes, at: int, field: str) -> tuple[str, int]:
    text, at = read_bytes(value, at, field)
    if field in IDENTITIES and b"\0" in text:
        raise RecordFault("bad_field", f"{field}: holds a NUL")
    return text.decode(), at


def read_member(
    value: bytes, at: int, field: str, members: dict[bytes, StrEnum]
) -> tuple[StrEnum, int]:
    text, at = read_bytes(value, at, field)
    if text not in members:
        raise RecordFault("bad_field", f"{field}: a value this version does not know")
    return members[text], at


def read_json(value: bytes, at: int, field: str) -> tuple[JsonValue, int]:
    text, at = read_bytes(value, at, field)
    return jsontext.loads(text, field), at


def read_json_object(value: bytes, at: int, field: str) -> tuple[JsonValue, int]:
    content, at = read_json(value, at, field)
    if not isinstance(content, dict):
        raise RecordFault("wrong_type", f"{field}: JSON, but not an object")
    return content, at


def read_long(value: bytes, at: int, field: str) -> tuple[int, int]:
    return binary.read_long(value, at)


def read_double(value: bytes, at: int, field: str) -> tuple[float, int]:
    return _DOUBLE.unpack_from(value, at)[0], at + _DOUBLE.size


def read_boolean(value: bytes, at: int, field: str) -> tuple[bool, int]:
    if value[at] > 1:
        raise binary.NotAvro(f"{field}: neither true nor false")
    return value[at] == 1, at + 1


def read_instant(value: bytes, at: int, field: str) -> tuple[datetime, int]:
    try:
        return binary.read_instant(value, at)
    except OverflowError:
        raise RecordFault("bad_field", f"{field}: a time outside the years 1 to 9999") from None


READ: dict[Kind, Callable[..., tuple[object, int]]] = {
    Kind.STRING: read_text,
    Kind.ENUM: read_member,
    Kind.BYTES: read_bytes,
    Kind.JSON: read_json,
    Kind.JSON_OBJECT: read_json_object,
    Kind.LONG: read_long,
    Kind.DOUBLE: read_double,
    Kind.BOOLEAN: read_boolean,
    Kind.INSTANT: read_instant,
}
