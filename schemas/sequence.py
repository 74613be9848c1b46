"""`sequence` orders one action's state changes without a shared counter.

It packs (revision, rank, step) into one integer that compares the same way. Rank is the
place in the chain of what happened, not of the process that said so: a person's resolution
of an execution comes after that execution although `approve` writes it. Gaps are normal.
"""

from enum import IntEnum

_STEPS = 10_000
_RANKS = 100


class Rank(IntEnum):
    DRAFT = 10
    ASSESS = 20
    APPROVE = 30
    EXECUTE = 40
    OBSERVE = 50
    RESOLVE = 60


def sequence(revision: int, rank: Rank, step: int = 0) -> int:
    """One comparable number.

    Raises:
        ValueError: step does not fit its four digits (no action changes state that often).
    """
    if not fits_step(step):
        raise ValueError(f"step {step} is outside 0..{_STEPS - 1}")
    return (revision * _RANKS + rank) * _STEPS + step


def fits_step(step: int) -> bool:
    """Whether a step has room in a sequence."""
    return 0 <= step < _STEPS


def parts(value: int) -> tuple[int, int, int]:
    """(revision, rank, step) of a sequence."""
    head, step = divmod(value, _STEPS)
    revision, rank = divmod(head, _RANKS)
    return revision, rank, step
