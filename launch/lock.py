"""One process on a data folder, for as long as that process lives.

The lock is an open file that the child inherits: it is held until the child, and whatever it
forked, has ended, even if we end before them. Programs' own precautions are not enough: a second
Kafka writes into the metadata log of the first, and corrupts it, before it notices; PostgreSQL
takes any process that got its predecessor's number for that predecessor.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launch.faults import CannotStart
from launch.waiting import wait_until


@contextmanager
def folder_lock(folder: Path, wait_s: float) -> Iterator[int]:
    """A file descriptor to hand to the child (`spawn(..., lock=...)`); ours is closed after.

    Waits for a predecessor that is just ending, at most `wait_s` seconds.

    Raises:
        CannotStart: somebody else keeps the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            wait_until(lambda: _locks(lock), wait_s, "the folder's lock")
        except TimeoutError as error:
            raise CannotStart(
                f"another process still runs on {folder}", "stop it, or use another folder"
            ) from error
        yield lock
    finally:
        os.close(lock)


def _locks(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
