"""A service that is away is not waited for again and again: one probe a second finds it back.

    asking ──▶ (failures in a row) ──▶ resting ──▶ (a second) ──▶ probing ──▶ asking | resting

Seconds are those of a monotonic clock, given as arguments.
"""

from enum import Enum, auto

FAILURES = 5
REST_S = 1.0


class Lets(Enum):
    ALL = auto()
    ONE = auto()
    """A probe: the next questions depend on how it ends."""
    NONE = auto()


class Guard:
    """Counts failures in a row over all questions. Used by one thread at a time."""

    def __init__(self, failures: int = FAILURES, rest_s: float = REST_S) -> None:
        self._failures = failures
        self._rest_s = rest_s
        self._in_a_row = 0
        self._rests_until = 0.0

    def lets(self, now: float) -> Lets:
        """How many may be asked now."""
        if self._in_a_row < self._failures:
            return Lets.ALL
        return Lets.ONE if now >= self._rests_until else Lets.NONE

    def answered(self) -> None:
        """Somebody is there, whatever they said."""
        self._in_a_row = 0

    def failed(self, now: float) -> None:
        self._in_a_row += 1
        self._rests_until = now + self._rest_s
