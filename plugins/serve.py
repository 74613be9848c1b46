"""The host as a process; and how any small service of ours is served."""

import gc
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import orjson
import structlog
import uvicorn
from fastapi import FastAPI

from plugins.app import create_app
from plugins.chaos import CuttableProtocol
from plugins.settings import HostSettings

_BACKLOG = 512
_DRAIN_S = 12
"""Longer than any call can take: `statement_timeout` bounds them (`plugins.database`)."""
_KEEP_ALIVE_S = 75
"""Longer than callers keep an idle connection: were ours the one to close it, a request
already on its way would go unanswered, and unanswered may mean done."""


def serve(database_url: str, host: str, port: int, reports_dir: str | Path) -> None:
    """Serve until SIGTERM or SIGINT, finish what is being done, and return.

    Port 0 takes a free one. Once the socket listens, the line `listening` with `host` and
    `port` is logged. Further settings come from the environment (`HostSettings`).

    Raises:
        OSError: `reports_dir` cannot be created, or the address cannot be bound.
    """
    settings = HostSettings()
    app = create_app(database_url, reports_dir, settings)
    serve_app(app, host, port, chaos=settings.chaos)


def serve_app(app: FastAPI, host: str, port: int, *, chaos: bool = False) -> None:
    """Serve an application until SIGTERM or SIGINT, finish what is being done, and return.

    Raises:
        OSError: the address cannot be bound.
    """
    if not structlog.is_configured():
        _log_json_lines()
    config = uvicorn.Config(
        app,
        http=CuttableProtocol if chaos else "auto",
        log_config=None,
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_S,
        server_header=False,
    )
    listener = _listen(host, port)
    structlog.get_logger("plugins").info(
        "listening", host=host, port=listener.getsockname()[1], chaos=chaos
    )
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with _surviving_signals():
        uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on.

    Made with its protocol spelled out, not by `uvicorn.Config.bind_socket`: asyncio sets
    TCP_NODELAY only where it reads IPPROTO_TCP, and without that every answer waits 40 ms
    for the caller's delayed acknowledgement.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(_BACKLOG)
    return listener


@contextmanager
def _surviving_signals() -> Iterator[None]:
    """uvicorn drains on a signal and then raises it again: where nobody has a handler for
    it, that must not end the process, or nobody could tell a clean end from a kill."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    unhandled = (signal.SIG_DFL, signal.default_int_handler)
    for number, handler in before.items():
        if handler in unhandled:
            signal.signal(number, _already_heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _already_heard(_signal: int, _frame: FrameType | None) -> None:
    return None


def _log_json_lines() -> None:
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=True,
    )
