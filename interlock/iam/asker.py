"""Permissions for a batch: what the cache knows, and one question for each kind of action else."""

import time
import uuid
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

import structlog

from interlock.iam import Wanted
from interlock.iam.cache import AnswerCache
from interlock.iam.metrics import questioned
from interlock.iam.metrics import wanted as count_wanted
from interlock.iam.wire import Answer, Asked, Unanswered
from processors.permission import Permission, PermissionState, Question, Rate, unavailable

log = structlog.get_logger()

_STATES = {"allow": PermissionState.ALLOWED, "deny": PermissionState.DENIED}


def utc_now() -> datetime:
    return datetime.now(UTC)


class Client(Protocol):
    def ask(self, questions: Sequence[Asked]) -> Sequence[Answer | Unanswered]: ...


class IamAsker:
    """An `Asker` for one thread."""

    def __init__(
        self,
        client: Client,
        cache: AnswerCache,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._cache = cache
        self._monotonic = monotonic
        self._clock = clock

    def ask(self, wanted: Sequence[Wanted]) -> Sequence[Permission]:
        now = self._monotonic()
        found: dict[int, Permission] = {}
        places: dict[Question, list[int]] = {}
        for place, one in enumerate(wanted):
            known = self._cache.get(one.question, now)
            if known is None:
                places.setdefault(one.question, []).append(place)
            else:
                found[place] = known
        count_wanted(len(found), len(wanted) - len(found))
        if places:
            self._ask_iam(wanted, places, now, found)
        return [found[place] for place in range(len(wanted))]

    def _ask_iam(
        self,
        wanted: Sequence[Wanted],
        places: dict[Question, list[int]],
        now: float,
        found: dict[int, Permission],
    ) -> None:
        questions = [
            Asked(question, len(of), str(uuid.uuid4()), wanted[of[0]].trace_id)
            for question, of in places.items()
        ]
        unanswered: Tally[str] = Tally()
        for asked, reply in zip(questions, self._client.ask(questions), strict=True):
            question = asked.question
            if isinstance(reply, Unanswered):
                questioned(reply.code)
                unanswered[reply.code] += asked.actions
            else:
                questioned(reply.decision)
            permissions = _permissions(asked, reply, self._clock())
            found.update(zip(places[question], permissions, strict=False))
            if isinstance(reply, Answer) and reply.rate is None:
                self._cache.put(question, found[places[question][0]], now)
        for code, actions in unanswered.items():
            log.warning("iam_unanswered", code=code, actions=actions)


def _permissions(asked: Asked, reply: Answer | Unanswered, at: datetime) -> Iterator[Permission]:
    """A permission for each action that the question was asked for."""
    permissions = asked.question.permissions
    if isinstance(reply, Unanswered):
        yield from [unavailable(reply.code, permissions)] * asked.actions
        return
    said = Permission(_STATES[reply.decision], reply.reason, reply.policy, at, permissions)
    if reply.rate is None:
        yield from [said] * asked.actions
        return
    # Its room was booked for these actions and no others, the first ones first.
    for number in range(asked.actions):
        rate = Rate(
            reply.rate.policy,
            reply.rate.limit,
            reply.rate.window_s,
            granted=number < reply.rate.granted,
        )
        yield replace(said, rate=rate)
