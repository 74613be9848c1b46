"""Answers over HTTP: JSON, and RFC 9457 problem details for everything else."""

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from pydantic import JsonValue
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from plugins.problems import Effect, Problem

log = structlog.get_logger("plugins")

_READ_ON = 16


def json_answer(value: dict[str, JsonValue], status: int = 200) -> Response:
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")


async def read_body(request: Request, most: int) -> bytes:
    """The body of at most `most` bytes. What is beyond is read on and dropped up to a bound:
    a sender who is cut off while sending never reads why.

    Raises:
        Problem: 413.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most:
            chunks.append(chunk)
        elif size > _READ_ON * most:
            break
    if size > most:
        raise Problem(413, "body_too_large", f"The body is larger than {most} bytes.")
    return b"".join(chunks)


def answer_problems(app: FastAPI) -> None:
    """Make every error of `app` a problem document that says what became of the effect."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_router_refusal)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_surprise)


def _answer(problem: Problem) -> Response:
    headers = {"Retry-After": str(problem.retry_after_s)} if problem.retry_after_s else None
    return Response(
        problem.body(),
        status_code=problem.status,
        headers=headers,
        media_type="application/problem+json",
    )


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _answer(error)


async def _on_router_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "no_such_path", 405: "method_not_allowed"}.get(error.status_code, "refused")
    return _answer(Problem(error.status_code, code, f"{error.detail}."))


async def _on_disconnect(_: Request, _error: Exception) -> Response:
    """The caller left while sending: nobody reads this."""
    return Response(status_code=400)


async def _on_surprise(_: Request, error: Exception) -> Response:
    """A fault of ours at a place nobody thought of: nothing is promised."""
    log.error("unexpected", error=type(error).__name__)
    return _answer(
        Problem(500, "unexpected", "The host failed unexpectedly.", effect=Effect.UNKNOWN)
    )
