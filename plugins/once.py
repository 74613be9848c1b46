"""Once per key: the claim, the effect and its answer in one PostgreSQL transaction.

1. Insert the key. Whoever else has inserted it and not finished makes us wait here.
2. Inserted → run the tool. Not inserted → the key has an answer: compare and give that.
3. Log the effect and store the answer beside the key.
4. Commit. Only this makes any of it true.

Killed before 4, nothing has happened and the key is free; after 4, the key answers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from psycopg2 import errorcodes
from pydantic import JsonValue
from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from plugins.call import Call
from plugins.problems import Effect, Problem
from plugins.tables import effect_log, invocations
from plugins.tool import Result, Tool


class CommitUnanswered(Exception):
    """COMMIT was sent and its answer never came: the effect is there, or it is not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was done under a key, now or (`replayed`) before."""

    key: str
    result: Result
    replayed: bool

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "effect": Effect.DONE,
            "key": self.key,
            "replayed": self.replayed,
            "result": self.result,
        }


_CLAIM = insert(invocations).on_conflict_do_nothing().returning(invocations.c.key)
_STORED = select(invocations).where(invocations.c.key == bindparam("key"))
_LOGGED = (
    insert(effect_log)
    .values(key=bindparam("log_key"), tool=bindparam("log_tool"), tenant_id=bindparam("log_tenant"))
    .returning(effect_log.c.id)
    .cte("logged")
)
_SETTLE = (
    update(invocations)
    .where(invocations.c.key == bindparam("log_key"))
    .values(answer=bindparam("stored"))
    .add_cte(_LOGGED)
)


def invoke_once(
    engine: Engine, tool: Tool, call: Call, before_commit: Callable[[], None] = lambda: None
) -> Answer:
    """Run `tool` for `call` unless its key has an answer already; then give that answer.

    `before_commit` is called when everything is written and nothing is true yet.

    Raises:
        Problem: 422 the key was used for another call; 409 it is at work right now.
        Refused: the tool refused. Nothing happened, the key stays free.
        CommitUnanswered: the only error after which something may have happened.
        sqlalchemy.exc.SQLAlchemyError: the database failed; nothing happened.
    """
    with engine.connect() as connection, connection.begin() as transaction:
        answer = _claim_and_run(connection, tool, call)
        before_commit()
        try:
            transaction.commit()
        except Exception as error:
            raise CommitUnanswered(call.key) from error
    return answer


def stored_answer(engine: Engine, call: Call) -> Answer | None:
    """The answer `call`'s key has, if any.

    Raises:
        Problem: 422 the key was used for another call.
        sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    with engine.connect() as connection:
        return _stored(connection, call)


def result_of(engine: Engine, tool: str, key: str) -> Result | None:
    """The result stored under `key` if `tool` made it. A call still at work is not seen."""
    with engine.connect() as connection:
        row = connection.execute(_STORED, {"key": key}).one_or_none()
    if row is None or row.tool != tool:
        return None
    return _as_result(row.answer)


def _claim_and_run(connection: Connection, tool: Tool, call: Call) -> Answer:
    if not _claim(connection, call):
        answer = _stored(connection, call)
        if answer is None:
            raise _at_work()
        return answer
    result = tool.invoke(connection, call)
    connection.execute(
        _SETTLE,
        {
            "log_key": call.key,
            "log_tool": call.tool,
            "log_tenant": call.tenant_id,
            "stored": result,
        },
    )
    return Answer(call.key, result, replayed=False)


def _claim(connection: Connection, call: Call) -> bool:
    try:
        claimed = connection.execute(
            _CLAIM,
            {
                "key": call.key,
                "tenant_id": call.tenant_id,
                "tool": call.tool,
                "params_sha256": call.params_sha256,
            },
        )
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) == errorcodes.LOCK_NOT_AVAILABLE:
            raise _at_work() from error
        raise
    return claimed.scalar_one_or_none() is not None


def _stored(connection: Connection, call: Call) -> Answer | None:
    row = connection.execute(_STORED, {"key": call.key}).one_or_none()
    if row is None:
        return None
    same = (row.tenant_id, row.tool, row.params_sha256)
    if same != (call.tenant_id, call.tool, call.params_sha256):
        raise Problem(
            422,
            "idempotency_key_reused",
            "The key was used for another tenant, tool or other params. This call did nothing.",
        )
    return Answer(call.key, _as_result(row.answer), replayed=True)


def _as_result(answer: JsonValue) -> Result:
    if not isinstance(answer, dict):
        raise TypeError("an invocation was committed without an answer")
    return answer


def _at_work() -> Problem:
    return Problem(
        409,
        "key_at_work",
        "A call with this key is being carried out. Ask again for its answer.",
        effect=Effect.UNKNOWN,
        retry_after_s=1,
    )
