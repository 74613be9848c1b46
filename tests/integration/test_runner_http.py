"""Calling a plugin over real sockets: what each thing that can happen to a call means."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from interlock.effects import calls, runner
from interlock.effects.calls import LARGEST_ANSWER, NotSent, PluginCaller
from interlock.effects.runner import Runner
from processors.effects import Answered, CallOutcome, ClaimSettings, Refused, Unclear
from schemas.ledger import Claimed, EffectState
from schemas.names import Verdict
from schemas.settings import PluginSpec, Transport
from state import ownership
from streams.health import Health
from tests.integration.ledger_scene import Scene, opened, settings_of
from tests.integration.plugin_server import (
    Handler,
    PluginServer,
    answer,
    drips,
    says,
    serving,
)
from tests.stories import ACME, START, Story

DEADLINE_S = 10.0
STORY = Story()
ACTION = STORY.approved(STORY.assessed(STORY.drafted(), Verdict.AUTO_APPROVE), by=[])
PLUGIN = PluginSpec(tool=ACTION.tool, version="1.1", parameters={}, timeout_ms=5_000)
OK: dict[str, Any] = {"result": {"id": 7}}


@pytest.fixture
def caller() -> Iterator[PluginCaller]:
    caller = PluginCaller("http://127.0.0.1:1")
    yield caller
    caller.close()


def claimed(**changes: Any) -> Claimed:
    key = (ACTION.action_id, ACTION.revision)
    plugin = PLUGIN.model_copy(update=changes)
    return Claimed(key, ACTION, plugin, 1, START, START + timedelta(seconds=1))


def call(caller: PluginCaller, handler: Handler, **plugin: Any) -> CallOutcome:
    """What one call brings when the plugin does that."""
    with serving(handler) as server:
        future = caller.call(claimed(url=server.url, **plugin), lambda: True)
        return future.result(DEADLINE_S)


def kind(outcome: CallOutcome) -> tuple[type[CallOutcome], str]:
    return type(outcome), "" if isinstance(outcome, Answered) else outcome.code


def test_a_plugin_that_answers_has_done_it(caller: PluginCaller) -> None:
    assert call(caller, says(answer(200, OK))) == Answered({"id": 7})


def test_what_a_plugin_is_told(caller: PluginCaller) -> None:
    with serving() as server:
        caller.call(claimed(url=server.url + "/"), lambda: True).result(DEADLINE_S)
        [request] = server.requests
    assert request.line == "POST /internal/plugins/create_task/invoke HTTP/1.1"
    assert request.headers["idempotency-key"] == f"{ACTION.action_id}.1"
    assert request.headers["content-type"] == "application/json"
    assert request.call == {
        "tenant_id": ACME,
        "action_id": ACTION.action_id,
        "revision": 1,
        "trace_id": ACTION.trace_id,
        "tool": "create_task",
        "version": "1.1",
        "params": ACTION.params,
    }


def test_without_an_address_of_its_own_a_plugin_is_on_the_host() -> None:
    with serving() as server, ExitStack() as stack:
        caller = PluginCaller(server.url)
        stack.callback(caller.close)
        assert isinstance(caller.call(claimed(), lambda: True).result(DEADLINE_S), Answered)


def test_a_second_revision_has_another_key(caller: PluginCaller) -> None:
    second = ACTION.model_copy(update={"revision": 2})
    with serving() as server:
        again = replace(claimed(url=server.url), action=second, key=(ACTION.action_id, 2))
        caller.call(again, lambda: True).result(DEADLINE_S)
        assert server.requests[0].headers["idempotency-key"] == f"{ACTION.action_id}.2"


PROBLEM = {"title": "No", "detail": "the task has no title", "status": 422}
PAGE = b"<html><body>Bad gateway</body></html>"
BIG = orjson.dumps({"result": "x" * (LARGEST_ANSWER - 13)})
CHUNKED = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


ANSWERS: list[tuple[str, Handler, tuple[type[CallOutcome], str]]] = [
    ("422", says(answer(422, PROBLEM)), (Refused, "http_422")),
    ("404 with a page", says(answer(404, PAGE, "text/html")), (Refused, "http_404")),
    ("409", says(answer(409, PROBLEM)), (Unclear, "http_409")),
    ("500", says(answer(500, {"detail": "boom"})), (Unclear, "http_500")),
    ("500 promising", says(answer(500, {"effect": "none"})), (Refused, "http_500")),
    ("503 with a page", says(answer(503, PAGE, "text/html")), (Unclear, "http_503")),
    ("a page", says(answer(200, PAGE, "text/html")), (Unclear, "answer_unreadable")),
    ("no result", says(answer(200, {"ok": True})), (Unclear, "answer_unreadable")),
    ("no body", says(answer(204, b"")), (Unclear, "answer_unreadable")),
    ("JSON cut short", says(answer(200, b'{"result": {"id": 7')), (Unclear, "answer_unreadable")),
    (
        "a lone surrogate",
        says(answer(200, b'{"result": "\\ud800"}')),
        (Unclear, "answer_unreadable"),
    ),
    (
        "nested too deep",
        says(answer(200, b'{"result": ' + b"[" * 999 + b"]" * 999 + b"}")),
        (Unclear, "answer_unreadable"),
    ),
    (
        "an integer beyond 64 bits",
        says(answer(200, b'{"result": %d}' % 2**70)),
        (Unclear, "answer_unreadable"),
    ),
    (
        "gzip",
        says(answer(200, gzip.compress(orjson.dumps(OK)), Content_Encoding="gzip")),
        (Unclear, "answer_unreadable"),
    ),
    ("1 MiB", says(answer(200, BIG)), (Answered, "")),
    ("1 MiB and a byte", says(answer(200, BIG + b" ")), (Unclear, "answer_unreadable")),
    ("chunks", says(CHUNKED, chunk(b'{"result"'), chunk(b": 7}"), b"0\r\n\r\n"), (Answered, "")),
    (
        "body cut off",
        says(answer(200, OK, length=999), then_close=True),
        (Unclear, "connection_lost"),
    ),
    (
        "chunks cut off",
        says(CHUNKED, chunk(b'{"result": 7}'), then_close=True),
        (Unclear, "connection_lost"),
    ),
    ("no answer", says(then_close=True), (Unclear, "connection_lost")),
    ("no HTTP", says(b"SSH-2.0-OpenSSH_9.6\r\n", then_close=True), (Unclear, "connection_lost")),
    (
        "half a head",
        says(b"HTTP/1.1 200 OK\r\nContent-", then_close=True),
        (Unclear, "connection_lost"),
    ),
]


@pytest.mark.parametrize(
    ("handler", "meaning"), [(h, m) for _, h, m in ANSWERS], ids=[name for name, _, _ in ANSWERS]
)
def test_what_an_answer_means(
    caller: PluginCaller, handler: Handler, meaning: tuple[type[CallOutcome], str]
) -> None:
    assert kind(call(caller, handler)) == meaning


def test_an_answer_without_end_is_left_at_the_largest(caller: PluginCaller) -> None:
    """It is not read on until the timeout, nor kept in memory."""
    endless = drips(CHUNKED, chunk(b"x" * 65_536), 0)
    assert kind(call(caller, endless, timeout_ms=60_000)) == (Unclear, "answer_unreadable")


SLOW: list[tuple[str, Handler]] = [
    ("nothing", says(then_wait=True)),
    ("a head and no body", says(answer(200, b"", length=99), then_wait=True)),
    ("a body that drips", drips(answer(200, b"{", length=9_999), b" ", 0.02)),
    ("a head that drips", drips(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.02)),
]


@pytest.mark.parametrize("handler", [h for _, h in SLOW], ids=[name for name, _ in SLOW])
def test_a_call_has_one_timeout_for_everything(caller: PluginCaller, handler: Handler) -> None:
    assert kind(call(caller, handler, timeout_ms=400)) == (Unclear, "timeout")


def test_a_redirect_is_not_followed(caller: PluginCaller) -> None:
    with serving() as other, serving(says(answer(302, Location=other.url + "/x"))) as server:
        outcome = caller.call(claimed(url=server.url), lambda: True).result(DEADLINE_S)
        assert kind(outcome) == (Unclear, "http_302")
        assert len(server.requests) == 1
        assert other.connections == 0


# --- calls that never were -----------------------------------------------------------------


def test_a_refused_connection_is_a_definite_failure(caller: PluginCaller) -> None:
    with serving() as server:
        url = server.url
    outcome = caller.call(claimed(url=url), lambda: True).result(DEADLINE_S)
    assert kind(outcome) == (Refused, "connect_failed")


def test_a_host_nobody_knows_is_a_definite_failure(caller: PluginCaller) -> None:
    outcome = caller.call(claimed(url="http://nowhere.invalid"), lambda: True).result(DEADLINE_S)
    assert kind(outcome) == (Refused, "connect_failed")


@pytest.mark.parametrize("url", ["nowhere", "ftp://127.0.0.1/", "http://[::1", "http://"])
def test_an_address_that_is_none_is_a_definite_failure(caller: PluginCaller, url: str) -> None:
    outcome = caller.call(claimed(url=url), lambda: True).result(DEADLINE_S)
    assert kind(outcome)[0] is Refused


@pytest.mark.parametrize("timeout_ms", [200, 60_000])
def test_a_connection_not_made_in_time_is_a_definite_failure(
    caller: PluginCaller, monkeypatch: pytest.MonkeyPatch, timeout_ms: int
) -> None:
    monkeypatch.setattr(calls, "CONNECT_TIMEOUT_S", 0.4)
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        # Nobody accepts: one connection fills the queue, the next ones are not answered.
        stack.enter_context(socket.create_connection(listener.getsockname()))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        waiting = claimed(url=url, timeout_ms=timeout_ms)
        outcome = caller.call(waiting, lambda: True).result(DEADLINE_S)
    assert kind(outcome) == (Refused, "connect_timeout")


def test_who_is_no_owner_any_more_sends_nothing(caller: PluginCaller) -> None:
    with serving() as server:
        for plugin in (claimed(url=server.url), claimed(transport=Transport.IN_PROCESS)):
            with pytest.raises(NotSent):
                caller.call(plugin, lambda: False).result(DEADLINE_S)
        assert (server.connections, server.requests) == (0, [])


# --- one caller, many calls ----------------------------------------------------------------


def test_a_slow_plugin_keeps_nobody_waiting(caller: PluginCaller) -> None:
    with serving(says(then_wait=True)) as slow, serving() as quick:
        hanging = [
            caller.call(claimed(url=slow.url, timeout_ms=30_000), lambda: True) for _ in range(150)
        ]
        assert all(slow.arrived.acquire(timeout=DEADLINE_S) for _ in hanging)
        outcome = caller.call(claimed(url=quick.url), lambda: True).result(DEADLINE_S)
        assert isinstance(outcome, Answered)
        assert not any(future.done() for future in hanging)
    assert {kind(future.result(DEADLINE_S)) for future in hanging} == {(Unclear, "connection_lost")}


def test_a_call_is_never_sent_twice_on_its_own(caller: PluginCaller) -> None:
    """A kept connection that the plugin hangs up on: the call may have been seen."""
    with serving(says(answer(200, OK))) as server:
        assert isinstance(
            caller.call(claimed(url=server.url), lambda: True).result(DEADLINE_S), Answered
        )
        server.handler = says(then_close=True)
        outcome = caller.call(claimed(url=server.url), lambda: True).result(DEADLINE_S)
        assert kind(outcome) == (Unclear, "connection_lost")
        assert len(server.requests) == 2


def test_calls_share_nothing_but_connections(caller: PluginCaller) -> None:
    """What a plugin sets in one tenant's call must not come back in another's."""
    with serving(says(answer(200, OK, Set_Cookie="session=acme; Path=/"))) as server:
        url = f"http://localhost:{server.port}"
        for _ in range(2):
            caller.call(claimed(url=url), lambda: True).result(DEADLINE_S)
        assert all("cookie" not in request.headers for request in server.requests)


def test_a_plugin_is_not_asked_for_an_encoding_we_do_not_read(caller: PluginCaller) -> None:
    with serving() as server:
        caller.call(claimed(url=server.url), lambda: True).result(DEADLINE_S)
        assert server.requests[0].headers["accept-encoding"] == "identity"


def test_no_proxy_of_the_environment_stands_between(
    caller: PluginCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert isinstance(call(caller, says(answer(200, OK))), Answered)
        assert proxy.connections == 0


# --- with the ledger -----------------------------------------------------------------------


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    with opened(database_url) as scene:
        yield scene


class Running:
    """A runner in a thread, with a ledger owner of its own."""

    def __init__(self, scene: Scene, server: PluginServer) -> None:
        self.worker = scene.worker()
        self.caller = PluginCaller(server.url)
        self.stopping = threading.Event()
        self._runner = Runner(
            self.worker.ledger,
            self.caller,
            lambda: ClaimSettings(
                settings_of(scene.plugins, "create_task"),
                system_enabled=True,
                fresh=True,
            ),
            lambda item: self.worker.owner.holds(item.session),
            concurrency=8,
            on_told=lambda: None,
        )
        self._thread = threading.Thread(
            target=self._runner.run, args=(self.stopping, Health()), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()
        self.caller.close()


def test_a_stop_waits_for_the_call_under_way_and_looks_alive_meanwhile(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call takes longer than a session may idle."""
    monkeypatch.setattr(ownership, "SESSION_TIMEOUT_MS", 1_000)
    monkeypatch.setattr(runner, "RECONCILE_EVERY_S", 0.05)
    done = threading.Event()

    def when_told(server: PluginServer, connection: socket.socket) -> bool:
        assert done.wait(DEADLINE_S)
        connection.sendall(answer(200, OK))
        return True

    [action] = scene.queued()
    with serving(when_told) as server:
        running = Running(scene, server)
        assert server.arrived.acquire(timeout=DEADLINE_S)
        running.stopping.set()
        other = scene.worker()
        ends = threading.Timer(1.6, done.set)
        ends.start()
        while not done.wait(0.05):
            assert other.take_over() == []
        running.stop()
    assert scene.state(action) is EffectState.DONE
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("handler", "state", "told"),
    [
        (says(answer(200, OK)), EffectState.DONE, "succeeded"),
        (says(answer(422, PROBLEM)), EffectState.FAILED, "http_422"),
        (says(then_close=True), EffectState.UNKNOWN, "connection_lost"),
        (says(answer(200, {"result": "a\u0000b"})), EffectState.DONE, "succeeded"),
        (
            says(answer(200, b'{"result":' + b"[" * 999 + b"]" * 999 + b"}")),
            EffectState.UNKNOWN,
            "answer_unreadable",
        ),
        (says(answer(200, {"result": ["x" * 999] * 999})), EffectState.DONE, "succeeded"),
    ],
    ids=["done", "refused", "unclear", "NUL", "deep", "large"],
)
def test_what_a_call_brought_is_recorded(
    scene: Scene, handler: Handler, state: EffectState, told: str
) -> None:
    [action] = scene.queued()
    with serving(handler) as server:
        running = Running(scene, server)
        assert server.arrived.acquire(timeout=DEADLINE_S)
        running.stop()
    assert scene.state(action) is state
    assert scene.told(action) == [(1, None), (2, told)]
