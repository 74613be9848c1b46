"""`not_before`: the instant an action may run at the earliest, as a model or a template said it."""

import re
from datetime import UTC, datetime, timedelta

from schemas.events import FieldError

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})"
)
_POINTER = "/not_before"


def start(given: str | None, now: datetime, ahead: timedelta) -> datetime | FieldError | None:
    """The instant (RFC 3339, with its offset); None if none is given or it is past.

    Further ahead than `ahead` is refused: an approval would outlive what it was given for.
    """
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given.strip().upper()) if _matches(given) else None
        late = at is not None and at - now > ahead
    except (ValueError, OverflowError):
        at = None
    if at is None:
        text = "not_before must be a time with its offset, as RFC 3339 writes it"
        return FieldError(
            code="not_before_unreadable",
            text=text,
            pointer=_POINTER,
            given=given[:64],
            expected="2026-01-31T09:30:00Z",
        )
    if late:
        return FieldError(
            code="not_before_too_far",
            text="not_before lies further ahead than the tenant's settings allow",
            pointer=_POINTER,
            given=given[:64],
            expected=(now + ahead).isoformat(timespec="seconds"),
        )
    return at if at > now else None


def later(not_before: datetime | None, now: datetime) -> datetime | None:
    """When an action begins at the earliest, if that is not now. A time without an offset is UTC,
    as events carry it."""
    if not_before is None:
        return None
    at = not_before if not_before.tzinfo else not_before.replace(tzinfo=UTC)
    return at if at > now else None


def _matches(given: str) -> bool:
    return _RFC3339.fullmatch(given.strip()) is not None
