"""Waiting for a condition with a deadline, never for a guessed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout_s: float, what: str, every_s: float = 0.02) -> T:
    """Ask again and again until the answer is true, and return it.

    Args:
        condition: asked at least once; what it raises ends the wait.
        timeout_s: seconds until the wait is given up.
        what: completes the sentence "waited 5 s for ...".

    Raises:
        TimeoutError: the deadline passed.
    """
    deadline = time.monotonic() + timeout_s
    while not (answer := condition()):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"waited {timeout_s:g} s for {what}")
        time.sleep(every_s)
    return answer
