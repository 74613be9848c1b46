"""When an action may run: read strictly, bounded, and never a reason to run sooner."""

from datetime import UTC, datetime, timedelta

import pytest

from processors.scheduling import start
from schemas.events import FieldError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AHEAD = timedelta(days=30)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("2026-03-02T09:30:00Z", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        ("2026-03-02t09:30:00.5+02:00", datetime(2026, 3, 2, 7, 30, 0, 500_000, tzinfo=UTC)),
        (" 2026-03-31T12:00:00Z ", NOW + AHEAD),
        ("2026-03-01T12:00:00Z", None),
        ("1999-01-01T00:00:00Z", None),
    ],
)
def test_the_instant_and_none_for_what_is_past(given: str | None, expected: object) -> None:
    assert start(given, NOW, AHEAD) == expected


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("2026-03-31T12:00:01Z", "not_before_too_far"),
        ("9999-12-31T23:59:59Z", "not_before_too_far"),
        ("2026-03-02T09:30:00", "not_before_unreadable"),
        ("2026-03-02", "not_before_unreadable"),
        ("2026-02-30T09:30:00Z", "not_before_unreadable"),
        ("9999-12-31T23:59:59-23:59", "not_before_too_far"),
        ("0001-01-01T00:00:00+23:59", None),
        ("2026-03-02T09:30:00+99:00", "not_before_unreadable"),
        ("tomorrow", "not_before_unreadable"),
        ("", "not_before_unreadable"),
        ("1772357400", "not_before_unreadable"),
        ("2026-W10-1T09:30:00Z", "not_before_unreadable"),
        ("٢٠٢٦-03-02T09:30:00Z", "not_before_unreadable"),
    ],
)
def test_what_is_refused(given: str, code: str | None) -> None:
    found = start(given, NOW, AHEAD)
    assert (found.code if isinstance(found, FieldError) else found) == code
