"""Faults on request, so that tests can produce the answers that never come.

Off unless `INTERLOCK_PLUGIN_CHAOS=1`; while off, a request that asks for one is refused
rather than served, so that no test passes by asking in vain. All read from headers:

- `X-Chaos-Delay-Ms: n`  everything is written, then n ms pass, then the commit;
- `X-Chaos-Drop-Before-Effect: 1`  the connection is cut, nothing is done;
- `X-Chaos-Drop-After-Effect: 1`  it is done and committed, then the connection is cut.
"""

import asyncio
import time
from dataclasses import dataclass

import anyio.from_thread
from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from plugins.problems import Problem

_PREFIX = b"x-chaos-"
_LONGEST_MS = 4_500
"""Less than `idle_in_transaction_session_timeout`: the delay is to pass, not to break."""
_TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Chaos:
    """What is to go wrong with one request; by default nothing."""

    delay_s: float = 0.0
    drop_before: bool = False
    drop_after: bool = False

    def before_commit(self) -> None:
        if self.delay_s:
            time.sleep(self.delay_s)


NO_CHAOS = Chaos()


def chaos_of(request: Request, allowed: bool) -> Chaos:
    """What the request asks for.

    Raises:
        Problem: 400 it asks and must not, or not for this; 501 nothing here can cut it.
    """
    if not any(name.startswith(_PREFIX) for name, _ in request.headers.raw):
        return NO_CHAOS
    if not allowed:
        raise Problem(400, "chaos_disabled", "X-Chaos-* headers are not accepted here.")
    delay = request.headers.get("x-chaos-delay-ms", "0")
    if not delay.isascii() or not delay.isdigit() or int(delay) > _LONGEST_MS:
        raise Problem(400, "chaos_malformed", f"X-Chaos-Delay-Ms is 0 to {_LONGEST_MS}.")
    chaos = Chaos(
        delay_s=int(delay) / 1000,
        drop_before=request.headers.get("x-chaos-drop-before-effect") == "1",
        drop_after=request.headers.get("x-chaos-drop-after-effect") == "1",
    )
    if (chaos.drop_before or chaos.drop_after) and _transport(request) is None:
        raise Problem(501, "chaos_unsupported", "This server cannot cut a connection.")
    return chaos


def cut(request: Request) -> Response:
    """Close the request's connection without an answer, from a worker thread. What is
    returned reaches nobody."""
    transport = _transport(request)
    if transport is not None:
        anyio.from_thread.run_sync(transport.abort)
    return Response(status_code=503)


class CuttableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which also tells each request the transport it came by."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


def _transport(request: Request) -> asyncio.Transport | None:
    found = request.scope.get("state", {}).get(_TRANSPORT)
    return found if isinstance(found, asyncio.Transport) else None
