"""Is this process alive, and is it ready? Served with its metrics on one small port.

Alive: the main loop passed within its longest allowed pause. A rebalance, or a database
that is away, is not death: restarting would make neither better. Ready: started, and not
waiting on a fault.
"""

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

ALIVE_S = 90.0
"""Longer than the longest transactional call may take before the watchdog ends it."""


@dataclass(frozen=True, slots=True)
class _Wait:
    code: str
    text: str


class Health:
    """The state of one loop. Written by its thread, read by the HTTP server's."""

    def __init__(self) -> None:
        self._ticked = time.monotonic()
        self._wait: _Wait | None = _Wait("starting", "not started yet")
        self._ended = False

    def tick(self) -> None:
        self._ticked = time.monotonic()

    def runs(self) -> None:
        self._wait = None
        self.tick()

    def waits(self, code: str, text: str) -> None:
        self._wait = _Wait(code, text)
        self.tick()

    def ends(self) -> None:
        """The loop is done: it passes no more, and is not dead. Others of its process may still
        be at it, and must not be killed for it."""
        self._ended = True

    @property
    def alive(self) -> bool:
        return self._ended or time.monotonic() - self._ticked < ALIVE_S

    @property
    def waiting(self) -> dict[str, str] | None:
        """What the loop waits for; None when it runs."""
        wait = self._wait
        return None if wait is None else {"code": wait.code, "text": wait.text}


class HealthServer:
    """`/healthz`, `/readyz` (200 or 503 with what is waited for, by loop) and `/metrics`."""

    def __init__(self, port: int, loops: dict[str, Health]) -> None:
        self._loops = loops
        handler = type("_BoundHandler", (_Handler,), {"loops": loops})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    loops: dict[str, Health]

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(200, generate_latest(REGISTRY), CONTENT_TYPE_LATEST)
        elif self.path == "/healthz":
            dead = [name for name, loop in self.loops.items() if not loop.alive]
            self._json(503 if dead else 200, {"dead": dead})
        elif self.path == "/readyz":
            waits = {n: w for n, loop in self.loops.items() if (w := loop.waiting) is not None}
            self._json(503 if waits else 200, {"waiting": waits})
        else:
            self._json(404, {"error": "not found"})

    def _json(self, status: int, body: object) -> None:
        self._answer(status, json.dumps(body).encode(), "application/json")

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: a probe every second is not worth a line."""
