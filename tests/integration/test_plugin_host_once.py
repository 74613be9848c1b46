"""One key, one effect: whatever is repeated, raced, killed or cut off."""

import http.client
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from launch import wait_until
from plugins.call import read_call
from plugins.catalog import built_in
from plugins.database import Database
from plugins.host import PluginHost
from plugins.parameter_schema import ParameterSchema
from plugins.problems import Problem
from plugins.reports_folder import ReportsFolder
from tests.databases import new_database
from tests.integration.running_host import (
    DEADLINE_S,
    Act,
    RunningHost,
    await_its_commit,
    checker,
    effects,
    rows,
    running_host,
)

TASK = {"titulo": "Revisar", "descripcion": "Revisar el stock"}
UNANSWERED = (OSError, http.client.HTTPException)


@pytest.fixture(scope="module")
def host_database_url(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
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


def task() -> Act:
    return Act("create_task", TASK)


def report() -> Act:
    return Act("generate_report", {"tipo": "tareas", "titulo": "Tareas"})


EVERY_TOOL: list[Callable[[], Act]] = [
    task,
    lambda: Act("send_notification", {"titulo": "a", "mensaje": "b"}),
    lambda: Act("update_inventory", {"sku": "S", "cantidad": 5, "motivo": "c"}),
    report,
    lambda: Act("crm-query", {"customer": "C-17"}),
]


@pytest.mark.parametrize("new", EVERY_TOOL, ids=lambda new: new().tool)
def test_the_same_key_again_gives_the_stored_answer(
    host: RunningHost, database: Engine, new: Callable[[], Act]
) -> None:
    act = new()
    first, second = host.invoke(act), host.invoke(act)
    assert (first.status, second.status) == (200, 200)
    assert second.body == {**first.body, "replayed": True}
    assert effects(database, act) == 1


@pytest.mark.parametrize("new", EVERY_TOOL, ids=lambda new: new().tool)
def test_sixteen_at_once_with_one_key_have_one_effect(
    host: RunningHost, database: Engine, new: Callable[[], Act]
) -> None:
    act = new()
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(host.invoke, [act] * 16))
    assert [reply.status for reply in replies] == [200] * 16
    assert sorted(reply.body["replayed"] for reply in replies) == [False] + [True] * 15
    assert len({str(sorted(reply.body["result"].items())) for reply in replies}) == 1
    assert effects(database, act) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"params": TASK | {"titulo": "Otra"}},
        {"tenant": "tenant-b"},
        {"tool": "send_notification", "params": {"titulo": "a", "mensaje": "b"}},
    ],
    ids=["params", "tenant", "tool"],
)
def test_a_key_used_for_something_else_is_refused(
    host: RunningHost, database: Engine, change: dict[str, Any]
) -> None:
    act = task()
    host.invoke(act)
    reply = host.invoke(replace(act, **change))
    assert (reply.status, reply.body["code"]) == (422, "idempotency_key_reused")
    assert reply.body["effect"] == "none"
    assert effects(database, act) == 1


def test_a_refusal_leaves_its_key_free(host: RunningHost, database: Engine) -> None:
    take = Act("update_inventory", {"sku": "free", "cantidad": -1, "motivo": "venta"})
    assert host.invoke(take).body["code"] == "insufficient_stock"
    assert effects(database, take) == 0
    host.invoke(Act("update_inventory", {"sku": "free", "cantidad": 1, "motivo": "compra"}))
    assert host.invoke(take).body["replayed"] is False
    assert effects(database, take) == 1


def test_killed_before_its_commit_a_call_has_done_nothing(
    host: RunningHost, mortal: RunningHost, database: Engine
) -> None:
    act = task()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(mortal.invoke, act, X_Chaos_Delay_Ms="4500")
        await_its_commit(database, act)
        mortal.kill()
        with pytest.raises(UNANSWERED):
            waiting.result()
    assert effects(database, act) == 0
    assert host.invoke(act).body["replayed"] is False
    assert effects(database, act) == 1
    tasks = "SELECT count(*) FROM plugin_host.tasks WHERE idempotency_key = :key"
    assert rows(database, tasks, key=act.key) == [(1,)]


def test_killed_between_file_and_commit_a_report_is_one_file(
    host: RunningHost, mortal: RunningHost, database: Engine, folder: Path
) -> None:
    act = report()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(mortal.invoke, act, X_Chaos_Delay_Ms="4500")
        await_its_commit(database, act)
        assert files_of(act, folder) == [f"{act.key}.csv"]
        mortal.kill()
        with pytest.raises(UNANSWERED):
            waiting.result()
    assert host.invoke(act).body["result"]["archivo"] == f"{act.key}.csv"
    assert files_of(act, folder) == [f"{act.key}.csv"]
    assert effects(database, act) == 1
    reports = "SELECT file_name FROM plugin_host.reports WHERE idempotency_key = :key"
    assert rows(database, reports, key=act.key) == [(f"{act.key}.csv",)]


def files_of(act: Act, folder: Path) -> list[str]:
    return [path.name for path in (folder / "reports").rglob(f"{act.key}*")]


def test_killed_after_its_commit_a_call_is_found_done(
    host: RunningHost, mortal: RunningHost, database: Engine
) -> None:
    act = task()
    with pytest.raises(UNANSWERED):
        mortal.invoke(act, X_Chaos_Drop_After_Effect="1")
    mortal.kill()
    assert host.invoke(act).body["replayed"] is True
    assert effects(database, act) == 1


def test_cut_off_before_its_effect_a_call_is_not_seen(host: RunningHost, database: Engine) -> None:
    act = task()
    with pytest.raises(UNANSWERED):
        host.invoke(act, X_Chaos_Drop_Before_Effect="1")
    assert host.status(act).body["state"] == "not_seen"
    assert effects(database, act) == 0
    assert host.invoke(act).status == 200


def test_who_comes_while_the_key_is_at_work_is_told_so(host: RunningHost, database: Engine) -> None:
    act = task()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(host.invoke, act, X_Chaos_Delay_Ms="4000")
        await_its_commit(database, act)
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
    act = task()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(host.invoke, act, X_Chaos_Delay_Ms="1000")
        backend = await_its_commit(database, act)
        rows(database, "SELECT pg_terminate_backend(:pid)", pid=backend)
        reply = waiting.result()
    assert (reply.status, reply.body["code"]) == (503, "commit_unanswered")
    assert reply.body["effect"] == "unknown"
    assert host.invoke(act).status == 200
    assert effects(database, act) == 1


def test_a_stopped_host_does_not_keep_its_keys(
    host: RunningHost, mortal: RunningHost, database: Engine
) -> None:
    """The session's idle limit frees the key; awake again, the host finds that it lost it."""
    act = report()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(mortal.invoke, act, X_Chaos_Delay_Ms="1000")
        await_its_commit(database, act)
        mortal.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: host.invoke(act).status == 200, DEADLINE_S, "the key to be free")
        mortal.process.send_signal(signal.SIGCONT)
        reply = waiting.result()
    assert (reply.status, reply.body["effect"]) == (503, "unknown")
    assert effects(database, act) == 1


def test_a_terminated_host_finishes_what_it_has_begun(
    mortal: RunningHost, database: Engine
) -> None:
    act = task()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(mortal.invoke, act, X_Chaos_Delay_Ms="1000")
        await_its_commit(database, act)
        assert mortal.terminate() == 0
        assert waiting.result().status == 200
    assert effects(database, act) == 1


def test_a_key_keeps_its_answer_though_its_tool_grew_stricter(
    host: RunningHost, host_database_url: str, tmp_path: Path
) -> None:
    """ "Refused, no effect" would be a lie about an effect that is there."""
    act = task()
    result = host.invoke(act).body["result"]
    body = orjson.loads(act.body())
    catalog = built_in(ReportsFolder(tmp_path))
    catalog.require("create_task").parameters = ParameterSchema({"maxProperties": 0})
    database = Database(host_database_url, connections=1)
    stricter = PluginHost(catalog, database)
    answer = stricter.invoke(read_call("create_task", act.key, orjson.dumps(body)))
    assert (answer.replayed, answer.result) == (True, result)
    older = {**body, "version": "0.9.0"}
    assert stricter.invoke(read_call("create_task", act.key, orjson.dumps(older))).replayed
    other = task()
    with pytest.raises(Problem, match="params_invalid"):
        stricter.invoke(read_call("create_task", other.key, other.body()))
    database.close()
