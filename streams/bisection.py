"""One record spoils a transaction: find it, and let the others through."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from schemas.faults import RecordFault

T = TypeVar("T")
R = TypeVar("R")


def bisected(
    items: Sequence[T],
    attempt: Callable[[Sequence[T]], list[R]],
    refused: Callable[[T, RecordFault], T],
) -> list[R]:
    """Results of `attempt` over all items, in order, in as few attempts as it takes.

    An attempt that raises `RecordFault` leaves nothing behind and is made again in halves;
    an item at fault alone is attempted once more as what `refused` makes of it.

    Raises:
        whatever else `attempt` raises, or `refused`; earlier halves stand.
    """
    try:
        return attempt(items)
    except RecordFault as fault:
        if len(items) == 1:
            return attempt([refused(items[0], fault)])
    middle = len(items) // 2
    return [
        *bisected(items[:middle], attempt, refused),
        *bisected(items[middle:], attempt, refused),
    ]
