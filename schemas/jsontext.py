"""JSON text in and out (RFC 8259), refusing what would come back as something else.

Refused: nesting deeper than `MAX_DEPTH`, or than the reader allows; integers beyond 64 bits,
which orjson reads as floats; NaN and infinities, which it writes as null; lone surrogates. Of a
name given twice in one object the last value counts.
"""

import json
from typing import Any, NoReturn

import orjson
from pydantic import JsonValue

from schemas.faults import RecordFault

MAX_DEPTH = 64

_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)
_NINETEEN_DIGITS = b"0" * 19
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1
_CONTAINERS = (dict, list)
_TOO_DEEP = f"nested deeper than {MAX_DEPTH}"


def loads(text: bytes, field: str, most: int = MAX_DEPTH) -> JsonValue:
    """The value of JSON text. `field` is what faults call it; `most`: how deep it may nest.

    Raises:
        RecordFault: `not_json`, `too_deep`, or `bad_field` for an integer beyond 64 bits.
    """
    try:
        value: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "limit" in error.msg:
            raise RecordFault("too_deep", f"{field}: nested deeper than {most}") from None
        raise RecordFault("not_json", f"{field}: {error.msg}, byte {error.pos}") from None
    if may_be_deep(text, most) and is_deep(value, most):
        raise RecordFault("too_deep", f"{field}: nested deeper than {most}")
    if may_be_wide(text):
        _refuse_wide_integers(text, field)
    return value


def dumps(value: JsonValue, field: str) -> bytes:
    """The JSON text of a value; `loads` gives the same value back.

    Raises:
        RecordFault: `bad_text` (a lone surrogate), `too_deep`, or `bad_field` (a number or an
            object that JSON has no text for).
    """
    try:
        text = orjson.dumps(value)
    except TypeError as error:
        _refuse(error, field)
    if may_be_deep(text) and is_deep(value):
        raise RecordFault("too_deep", f"{field}: {_TOO_DEEP}")
    if b"null" in text and orjson.loads(text) != value:
        raise RecordFault("bad_field", f"{field}: NaN and infinities have no JSON text")
    return text


def _refuse(error: TypeError, field: str) -> NoReturn:
    text = str(error)
    if "surrogate" in text:
        raise RecordFault("bad_text", f"{field}: holds a lone surrogate") from None
    if "ecursion" in text:
        raise RecordFault("too_deep", f"{field}: {_TOO_DEEP}") from None
    raise RecordFault("bad_field", f"{field}: {text[:200]}") from None


def may_be_deep(text: bytes, most: int = MAX_DEPTH) -> bool:
    """An upper bound: counting brackets is far cheaper than walking the value."""
    return len(text) > 2 * most and text.count(b"{") + text.count(b"[") > most


def may_be_wide(text: bytes) -> bool:
    """Whether there are digits enough for an integer beyond 64 bits."""
    return _NINETEEN_DIGITS in text.translate(_DIGITS_ALIKE)


def is_deep(value: JsonValue, most: int = MAX_DEPTH) -> bool:
    level: list[Any] = [[value]]
    for _ in range(most + 1):
        level = [
            inner
            for outer in level
            if outer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if inner.__class__ in _CONTAINERS
        ]
        if not level:
            return False
    return True


def _refuse_wide_integers(text: bytes, field: str) -> None:
    """Parses again, slower, with a look at each integer's digits."""

    def check(digits: str) -> int:
        if len(digits) > 20 or not _INT64_MIN <= int(digits) <= _UINT64_MAX:
            raise RecordFault("bad_field", f"{field}: an integer beyond 64 bits")
        return 0

    json.loads(text, parse_int=check)
