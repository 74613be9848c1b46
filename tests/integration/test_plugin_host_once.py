"""One key, one effect: whatever is repeated, raced, killed or cut off."""

import http.client
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from launch import wait_until
from tests.integration.running_host import (
    DEADLINE_S,
    Act,
    RunningHost,
    await_its_commit,
    checker,
    effects,
    own_database,
    rows,
    running_host,
)

TASK = {"titulo": "Revisar", "descripcion": "Revisar el stock"}
UNANSWERED = (OSError, http.client.HTTPException)


@pytest.fixture(scope="module")
def host_database_url(postgres_url: str) -> Iterator[str]:
    with own_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plugin_host_once")


@pytest.fixture(scope="module")
def host(host_database_url: str, folder: Path) -> Iterator[RunningHost]:
    """Shared, and so is its folder: a test that ends its host takes `mortal`."""
    with running_host(host_database_url, folder, chaos=True) as host:
        yield host


@pytest.fixture(scope="module")
def database(host_database_url: str, host: RunningHost) -> Iterator[Engine]:
    with checker(host_database_url) as engine:
        yield engine


@pytest.fixture
def mortal(host_database_url: str, folder: Path) -> Iterator[RunningHost]:
    """A second host on the same database and folder. What it leaves, `host` takes up."""
    with running_host(host_database_url, folder, chaos=True, name="mortal") as host:
        yield host


def report() -> Act:
    return Act("generate_report", {"tipo": "tareas", "titulo": "Tareas"})


EVERY_TOOL = [
    Act("create_task", TASK),
    Act("send_notification", {"titulo": "a", "mensaje": "b"}),
    Act("update_inventory", {"sku": "S", "cantidad": 5, "motivo": "c"}),
    report(),
    Act("crm-query", {"customer": "C-17"}),
]


@pytest.mark.parametrize("act", EVERY_TOOL, ids=lambda act: act.tool)
def test_the_same_key_again_gives_the_stored_answer(
    host: RunningHost, database: Engine, act: Act
) -> None:
    first, second = host.invoke(act), host.invoke(act)
    assert (first.status, second.status) == (200, 200)
    assert second.body == {**first.body, "replayed": True}
    assert effects(database, act) == 1


@pytest.mark.parametrize("act", EVERY_TOOL, ids=lambda act: act.tool)
def test_sixteen_at_once_with_one_key_have_one_effect(
    host: RunningHost, database: Engine, act: Act
) -> None:
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(host.invoke, [act] * 16))
    assert [reply.status for reply in replies] == [200] * 16
    assert sorted(reply.body["replayed"] for reply in replies) == [False] + [True] * 15
    assert len({str(sorted(reply.body["result"].items())) for reply in replies}) == 1
    assert effects(database, act) == 1


@pytest.mark.parametrize(
    "other",
    [
        Act("create_task", TASK | {"titulo": "Otra"}, action_id="reused"),
        Act("create_task", TASK, tenant="tenant-b", action_id="reused"),
        Act("send_notification", {"titulo": "a", "mensaje": "b"}, action_id="reused"),
    ],
    ids=["params", "tenant", "tool"],
)
def test_a_key_used_for_something_else_is_refused(
    host: RunningHost, database: Engine, other: Act
) -> None:
    act = Act("create_task", TASK, action_id="reused")
    host.invoke(act)
    reply = host.invoke(other)
    assert (reply.status, reply.body["code"]) == (422, "idempotency_key_reused")
    assert reply.body["effect"] == "none"
    assert effects(database, act) == 1


def test_a_refusal_leaves_its_key_free(host: RunningHost, database: Engine) -> None:
    take = Act("update_inventory", {"sku": "S", "cantidad": -1, "motivo": "venta"})
    assert host.invoke(take).status == 422
    assert effects(database, take) == 0
    host.invoke(Act("update_inventory", {"sku": "S", "cantidad": 1, "motivo": "compra"}))
    assert host.invoke(take).body["replayed"] is False
    assert effects(database, take) == 1


def test_killed_before_its_commit_a_call_has_done_nothing(
    host: RunningHost, database: Engine, again: Callable[[], RunningHost]
) -> None:
    act = Act("create_task", TASK)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(host.invoke, act, X_Chaos_Delay_Ms="9000")
        until(lambda: before_its_commit(database), "the call stands before its commit")
        host.kill()
        with pytest.raises(UNANSWERED):
            waiting.result()
    assert effects(database, act) == 0
    assert again().invoke(act).body["replayed"] is False
    assert effects(database, act) == 1
    assert rows(database, "SELECT count(*) FROM plugin_host.tasks") == [(1,)]


def test_killed_between_file_and_commit_a_report_is_one_file(
    host: RunningHost, database: Engine, tmp_path: Path, again: Callable[[], RunningHost]
) -> None:
    act = report()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(host.invoke, act, X_Chaos_Delay_Ms="9000")
        until(lambda: before_its_commit(database), "the call stands before its commit")
        assert (tmp_path / "reports" / f"{act.key}.csv").exists()
        host.kill()
        with pytest.raises(UNANSWERED):
            waiting.result()
    result = again().invoke(act).body["result"]
    files = [path.name for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert files == [result["archivo"]]
    assert effects(database, act) == 1
    assert rows(database, "SELECT file_name FROM plugin_host.reports") == [(files[0],)]


def test_killed_after_its_commit_a_call_is_found_done(
    host: RunningHost, database: Engine, again: Callable[[], RunningHost]
) -> None:
    act = Act("create_task", TASK)
    with pytest.raises(UNANSWERED):
        host.invoke(act, X_Chaos_Drop_After_Effect="1")
    host.kill()
    assert again().invoke(act).body["replayed"] is True
    assert effects(database, act) == 1


def test_cut_off_before_its_effect_a_call_is_not_seen(host: RunningHost, database: Engine) -> None:
    act = Act("create_task", TASK)
    with pytest.raises(UNANSWERED):
        host.invoke(act, X_Chaos_Drop_Before_Effect="1")
    assert host.status(act).body["state"] == "not_seen"
    assert effects(database, act) == 0
    assert host.invoke(act).status == 200


def test_who_comes_while_the_key_is_at_work_is_told_so(host: RunningHost, database: Engine) -> None:
    act = Act("create_task", TASK)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(host.invoke, act, X_Chaos_Delay_Ms="4000")
        until(lambda: before_its_commit(database), "the first stands before its commit")
        second = host.invoke(act)
        assert (second.status, second.body["code"]) == (409, "key_at_work")
        assert second.body["effect"] == "unknown"
        assert second.headers["retry-after"] == "1"
        assert first.result().body["replayed"] is False
    assert host.invoke(act).body["replayed"] is True
    assert effects(database, act) == 1


def test_a_commit_without_an_answer_is_not_called_undone(
    host: RunningHost, database: Engine
) -> None:
    act = Act("create_task", TASK)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(host.invoke, act, X_Chaos_Delay_Ms="500")
        until(lambda: before_its_commit(database), "the call stands before its commit")
        rows(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'interlock-plugin-host' AND state = 'idle in transaction'"
            " AND datname = current_database()",
        )
        reply = waiting.result()
    assert (reply.status, reply.body["code"]) == (503, "commit_unanswered")
    assert reply.body["effect"] == "unknown"
    assert host.invoke(act).status == 200
    assert effects(database, act) == 1


def test_a_stopped_host_does_not_keep_its_keys(
    host: RunningHost, database: Engine, again: Callable[[], RunningHost]
) -> None:
    """The session's idle limit frees the key; awake again, the host finds that it lost it."""
    act = report()
    other = again()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(host.invoke, act, X_Chaos_Delay_Ms="1000")
        until(lambda: before_its_commit(database), "the call stands before its commit")
        host.process.send_signal(signal.SIGSTOP)
        until(lambda: other.invoke(act).status == 200, "the other host carries the call out")
        host.process.send_signal(signal.SIGCONT)
        reply = waiting.result()
    assert (reply.status, reply.body["effect"]) == (503, "unknown")
    assert effects(database, act) == 1


def test_a_terminated_host_finishes_what_it_has_begun(host: RunningHost, database: Engine) -> None:
    act = Act("create_task", TASK)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(host.invoke, act, X_Chaos_Delay_Ms="500")
        until(lambda: before_its_commit(database), "the call stands before its commit")
        assert host.terminate() == 0
        assert waiting.result().status == 200
    assert effects(database, act) == 1


def test_without_its_database_a_host_refuses_and_says_why(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    with running_host(nowhere, tmp_path) as host:
        reply = host.invoke(Act("create_task", TASK))
        assert (reply.status, reply.body["code"]) == (503, "database_away")
        assert reply.body["effect"] == "none"
        assert host.get("/healthz").status == 200
        ready = host.get("/readyz")
        assert (ready.status, ready.body["waiting_for"]) == (503, ["database"])


def test_chaos_is_refused_unless_it_was_switched_on(
    empty_database_url: str, tmp_path: Path
) -> None:
    with running_host(empty_database_url, tmp_path) as host:
        reply = host.invoke(Act("create_task", TASK), X_Chaos_Delay_Ms="1")
        assert (reply.status, reply.body["code"]) == (400, "chaos_disabled")
        assert reply.body["effect"] == "none"
