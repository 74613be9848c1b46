"""A plugin that answers as a test tells it to, over real sockets, byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    line: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def call(self) -> dict[str, Any]:
        content = orjson.loads(self.body)
        assert isinstance(content, dict)
        return content


Handler = Callable[["PluginServer", socket.socket], bool]
"""Answers one request; whether the connection stays open for another."""


def answer(
    status: int,
    body: object = None,
    content_type: str = "application/json",
    length: int | None = None,
    **headers: str,
) -> bytes:
    """A whole HTTP answer; `length` is what it claims to be long."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(content) if length is None else length}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def says(*parts: bytes, then_wait: bool = False, then_close: bool = False) -> Handler:
    """Send the parts; then serve the next request, or stay silent until the end, or hang up."""

    def handle(server: "PluginServer", connection: socket.socket) -> bool:
        for part in parts:
            connection.sendall(part)
        if then_wait:
            server.closing.wait(30)
        return not then_close

    return handle


def drips(start: bytes, drop: bytes, every_s: float) -> Handler:
    """Send the start, then a drop again and again: never silent, never done."""

    def handle(server: "PluginServer", connection: socket.socket) -> bool:
        connection.sendall(start)
        while not server.closing.wait(every_s):
            connection.sendall(drop)
        return False

    return handle


SUCCEEDS = says(answer(200, {"result": {"ok": True}}))


@dataclass
class PluginServer:
    """Answers every request of every connection with `handler`."""

    handler: Handler = SUCCEEDS
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released once for each request."""

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.closing.set()
        # Closing alone does not wake a thread in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as stream:
            while line := stream.readline().decode().strip():
                headers: dict[str, str] = {}
                while header := stream.readline().decode().strip():
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                body = stream.read(int(headers.get("content-length", "0")))
                self.requests.append(Request(line, headers, body))
                self.arrived.release()
                if not self.handler(self, connection):
                    return


@contextmanager
def serving(handler: Handler = SUCCEEDS) -> Iterator[PluginServer]:
    server = PluginServer(handler)
    try:
        yield server
    finally:
        server.close()
