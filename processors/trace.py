"""Trace ids: what led to an action can be followed only by one that is well formed."""

import re

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_UUID_CHARACTERS = 36
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")


def trace_id(given: str | None, traceparent: str | None = None) -> str | None:
    """The id given, else the one of a `traceparent` header: 32 hex digits, not all zero (W3C
    Trace Context; a UUID's dashes are passed over). None when it is missing or malformed."""
    if given is None:
        match = _TRACEPARENT.fullmatch(traceparent or "")
        given = match.group(1) if match else ""
    plain = given.replace("-", "") if len(given) == _UUID_CHARACTERS else given
    return plain if _TRACE_ID.fullmatch(plain) else None
