"""The permission service (IAM), asked before a batch is decided: docs/guides/iam.md.

`Asker` is what assess needs of it; `iam_asker` is the real one; `NO_IAM` stands where none is
configured. What is asked and what an answer means is in `processors.permission`.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from processors.permission import NOT_NEEDED, Permission, Question, unavailable


class Wanted(NamedTuple):
    """A question on behalf of one action."""

    question: Question
    trace_id: str | None


class Asker(Protocol):
    def ask(self, wanted: Sequence[Wanted]) -> Sequence[Permission]:
        """A permission for each, in order, within a bounded time, whatever the IAM does."""
        ...


class NoIam:
    """No IAM is configured: what asks for a permission has nobody to give it."""

    def ask(self, wanted: Sequence[Wanted]) -> Sequence[Permission]:
        return [_unasked(one.question) for one in wanted]


def _unasked(question: Question) -> Permission:
    asked = question.permissions
    return unavailable("not_configured", asked) if asked else NOT_NEEDED


NO_IAM = NoIam()

__all__ = ["NO_IAM", "Asker", "NoIam", "Wanted"]
