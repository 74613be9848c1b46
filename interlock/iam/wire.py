"""A question and its answer as JSON: docs/guides/iam.md is the contract.

Whatever is not exactly an answer to this question is none: the name of another tenant or question
is a mix-up somewhere on the way, and a field that nobody knows may be a condition.
"""

import json
from typing import Annotated, Literal, NamedTuple

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from processors.permission import Question
from schemas import jsontext
from schemas.faults import RecordFault

LARGEST_ANSWER = 65_536
_DEEPEST_ANSWER = 4


class Asked(NamedTuple):
    """A question on its way, for so many actions."""

    question: Question
    actions: int
    id: str
    """Of this one request: an answer that was kept somewhere on the way names another."""
    trace_id: str | None


class Unanswered(NamedTuple):
    """Why there is no answer: a code, and whether it looks as if nobody is there."""

    code: str
    away: bool = False


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds what is not printed")
    return text


_Text = Annotated[str, Field(max_length=1_000), AfterValidator(_printable)]
_Count = Annotated[int, Field(ge=0, le=2**31)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RateAnswer(_Strict):
    policy: _Text
    limit: _Count
    window_s: _Count
    granted: _Count
    """Of the actions that were asked for, so many have room."""


class Answer(_Strict):
    question_id: str
    tenant_id: str
    decision: Literal["allow", "deny"]
    reason: _Text
    policy: _Text | None = None
    rate: RateAnswer | None = None


def _each_once(pairs: list[tuple[str, object]]) -> None:
    """Of a name given twice the last counts, and somebody on the way may have taken the first."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice")


def body_of(asked: Asked) -> bytes:
    """The body of the request.

    Raises:
        TypeError: a text holds what UTF-8 cannot say.
    """
    question = asked.question
    user = question.user
    return orjson.dumps(
        {
            "question_id": asked.id,
            "tenant_id": question.tenant_id,
            "user": None if user is None else {"id": user.id, "roles": list(user.roles)},
            "action_type": question.action_type,
            "tool": question.tool,
            "version": question.version,
            "permissions": list(question.permissions),
            "actions": asked.actions,
        }
    )


def read_answer(body: bytes, asked: Asked) -> Answer | Unanswered:
    """What the body of a 200 says."""
    if len(body) > LARGEST_ANSWER:
        return Unanswered("too_large")
    try:
        said = jsontext.loads(body, "answer", _DEEPEST_ANSWER)
    except RecordFault as fault:
        return Unanswered(fault.code)
    try:
        json.loads(body, object_pairs_hook=_each_once)
        answer = Answer.model_validate(said)
    except ValueError:
        return Unanswered("not_an_answer")
    if (answer.question_id, answer.tenant_id) != (asked.id, asked.question.tenant_id):
        return Unanswered("other_question")
    if answer.rate is not None and answer.rate.granted > asked.actions:
        return Unanswered("not_an_answer")
    return answer
