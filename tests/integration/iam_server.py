"""A permission service that does as a test tells it to, over real sockets."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

Question = dict[str, Any]
Behaviour = Callable[["IamServer", Question, socket.socket], None]
"""Answers one question on its connection. The connection ends if it was shut down."""


@dataclass(frozen=True)
class Request:
    line: str
    headers: Mapping[str, str]
    question: Question


def answer_to(question: Question, **fields: Any) -> dict[str, Any]:
    """An honest yes, with fields replaced."""
    return {
        "question_id": question["question_id"],
        "tenant_id": question["tenant_id"],
        "decision": "allow",
        "reason": "the role clerk may",
        "policy": "role:clerk",
        **fields,
    }


def http(
    status: int, body: bytes, length: int | None = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """A whole answer; `length` is what it claims to be long."""
    lines = [
        f"HTTP/1.1 {status} X",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def says(**fields: Any) -> Behaviour:
    """An answer with these fields; a callable makes its value from the question."""

    def behave(server: "IamServer", question: Question, connection: socket.socket) -> None:
        made = {name: f(question) if callable(f) else f for name, f in fields.items()}
        connection.sendall(http(200, orjson.dumps(answer_to(question, **made))))

    return behave


def sends(raw: bytes, hangs_up: bool = False) -> Behaviour:
    """These bytes, whatever was asked."""

    def behave(server: "IamServer", question: Question, connection: socket.socket) -> None:
        connection.sendall(raw)
        if hangs_up:
            connection.shutdown(socket.SHUT_RDWR)

    return behave


def body(make: Callable[[Question], bytes]) -> Behaviour:
    """A 200 with this body."""

    def behave(server: "IamServer", question: Question, connection: socket.socket) -> None:
        connection.sendall(http(200, make(question)))

    return behave


def waits(server: "IamServer", question: Question, connection: socket.socket) -> None:
    """Say nothing for longer than anybody waits."""
    server.closing.wait(30)


def drips(server: "IamServer", question: Question, connection: socket.socket) -> None:
    """Never silent, never done."""
    connection.sendall(http(200, b"{", length=10_000))
    while not server.closing.wait(0.05):
        connection.sendall(b" ")


def drops(server: "IamServer", question: Question, connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


ALLOWS = says()


@dataclass
class IamServer:
    """Behaves so towards every question; `behaviour` may be replaced meanwhile."""

    behaviour: Behaviour = ALLOWS
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self.closing.set()
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as stream:
            while line := stream.readline().decode().strip():
                headers: dict[str, str] = {}
                while header := stream.readline().decode().strip():
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                question = orjson.loads(stream.read(int(headers["content-length"])))
                self.requests.append(Request(line, headers, question))
                self.behaviour(self, question, connection)


@contextmanager
def iam(behaviour: Behaviour = ALLOWS) -> Iterator[IamServer]:
    server = IamServer(behaviour)
    try:
        yield server
    finally:
        server.close()
