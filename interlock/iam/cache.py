"""Answers that may be used again for some seconds. An older one does not exist any more.

Seconds are those of a monotonic clock, given as arguments.
"""

from processors.permission import Permission, Question

MOST = 4_096


class AnswerCache:
    """Bounded in time and in entries; the oldest make room. Used by one thread."""

    def __init__(self, ttl_s: float, most: int = MOST) -> None:
        self._ttl_s = ttl_s
        self._most = most
        self._kept: dict[Question, tuple[float, Permission]] = {}
        """By age: whatever is put goes to the end."""

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, question: Question, now: float) -> Permission | None:
        found = self._kept.get(question)
        if found is None:
            return None
        until, permission = found
        if now < until:
            return permission
        del self._kept[question]
        return None

    def put(self, question: Question, permission: Permission, asked_at: float) -> None:
        """It counts from when it was asked for: since then it may have changed."""
        if self._ttl_s <= 0:
            return
        self._kept.pop(question, None)
        self._kept[question] = (asked_at + self._ttl_s, permission)
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
