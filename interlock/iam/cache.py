"""Answers that may be used again for some seconds. An older one does not exist any more.

Seconds are those of a monotonic clock, given as arguments.
"""

import hashlib
from typing import NamedTuple

from processors.permission import Permission, Question

MOST = 4_096
MOST_BYTES = 8 * 1024 * 1024
_OF_AN_ENTRY = 600
"""Bytes of an answer without its texts, roughly as Python holds it."""


class _Kept(NamedTuple):
    until: float
    permission: Permission
    size: int


class AnswerCache:
    """Bounded in time, entries and bytes; the oldest make room. Used by one thread."""

    def __init__(self, ttl_s: float, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._ttl_s = ttl_s
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: dict[bytes, _Kept] = {}
        """By age: whatever is put goes to the end. By the question's hash, since a requester
        may bring roles of many kilobytes."""

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, question: Question, now: float) -> Permission | None:
        key = _key(question)
        found = self._kept.get(key)
        if found is None:
            return None
        if now < found.until:
            return found.permission
        self._drop(key)
        return None

    def put(self, question: Question, permission: Permission, asked_at: float) -> None:
        """It counts from when it was asked for: since then it may have changed."""
        if self._ttl_s <= 0:
            return
        key = _key(question)
        self._drop(key)
        one = _Kept(asked_at + self._ttl_s, permission, _size(permission))
        self._kept[key] = one
        self._bytes += one.size
        while self._kept:
            oldest = next(iter(self._kept))
            in_time = self._kept[oldest].until > asked_at
            if in_time and len(self._kept) <= self._most and self._bytes <= self._most_bytes:
                return
            self._drop(oldest)

    def _drop(self, key: bytes) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= dropped.size


def _key(question: Question) -> bytes:
    # Its `repr` quotes each text, so that no two questions are written alike.
    return hashlib.sha256(repr(question).encode()).digest()


def _size(permission: Permission) -> int:
    """A character may take four bytes."""
    texts = (permission.reason, permission.policy or "", *permission.asked)
    return _OF_AN_ENTRY + 4 * sum(map(len, texts))
