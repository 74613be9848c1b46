"""The plugin host's contract: what each tool does, and what a refusal says.

All tests share one host; each is a tenant of its own.
"""

import csv
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from launch import wait_until
from tests.databases import new_database
from tests.integration.running_host import (
    DEADLINE_S,
    Act,
    Reply,
    RunningHost,
    checker,
    effects,
    rows,
    running_host,
)

TASK = {
    "titulo": "Investigar anomalía en ventas Q4",
    "descripcion": "Anomalía detectada en patrón de ventas del cuarto trimestre",
    "prioridad": "alta",
}
MESSAGE = {
    "titulo": "Alerta: Anomalía en Ventas",
    "mensaje": "Se detectó una anomalía significativa en las ventas",
    "tipo": "warning",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plugin_host")


@pytest.fixture(scope="module")
def host_database_url(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="module")
def host(host_database_url: str, folder: Path) -> Iterator[RunningHost]:
    with running_host(host_database_url, folder) as host:
        assert host.get("/readyz").body == {"status": "ready"}
        yield host


@pytest.fixture(scope="module")
def database(host_database_url: str, host: RunningHost) -> Iterator[Engine]:
    with checker(host_database_url) as engine:
        yield engine


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid.uuid4().hex[:8]}"


def move(tenant: str, amount: int) -> Act:
    params = {"sku": "SKU-1", "cantidad": amount, "motivo": "prueba"}
    return Act("update_inventory", params, tenant)


def assert_refused(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.body["code"]) == (status, code)
    assert reply.content_type == "application/problem+json"
    assert reply.body["effect"] == "none"
    assert reply.body["status"] == status
    assert reply.body["title"]
    assert reply.body["detail"]
    assert reply.body["type"] == f"urn:interlock:problem:{code}"


def test_create_task_makes_a_task(host: RunningHost, database: Engine, tenant: str) -> None:
    params = TASK | {"fecha_limite": "2030-01-31", "etiquetas": ["ventas"]}
    act = Act("create_task", params, tenant)
    reply = host.invoke(act)
    assert reply.status == 200
    found = rows(
        database,
        "SELECT id, idempotency_key, title, priority, due_on::text, labels"
        " FROM plugin_host.tasks WHERE tenant_id = :t",
        t=tenant,
    )
    task_id = found[0][0]
    assert found == [(task_id, act.key, TASK["titulo"], "alta", "2030-01-31", ["ventas"])]
    assert reply.body == {
        "effect": "done",
        "key": act.key,
        "replayed": False,
        "result": {
            "task_id": task_id,
            "titulo": TASK["titulo"],
            "prioridad": "alta",
            "estado": "abierta",
        },
    }


def test_send_notification_stores_a_message(
    host: RunningHost, database: Engine, tenant: str
) -> None:
    params = MESSAGE | {"destinatarios": ["ana", "luis"]}
    reply = host.invoke(Act("send_notification", params, tenant))
    assert reply.body["result"]["destinatarios"] == ["ana", "luis"]
    found = rows(
        database,
        "SELECT title, body, kind, recipients FROM plugin_host.messages WHERE tenant_id = :t",
        t=tenant,
    )
    assert found == [(MESSAGE["titulo"], MESSAGE["mensaje"], "warning", ["ana", "luis"])]


def test_update_inventory_moves_stock(host: RunningHost, database: Engine, tenant: str) -> None:
    assert host.invoke(move(tenant, 10)).body["result"]["existencias"] == 10
    assert host.invoke(move(tenant, -4)).body["result"]["existencias"] == 6
    levels = "SELECT quantity FROM plugin_host.stock_levels WHERE tenant_id = :t"
    assert rows(database, levels, t=tenant) == [(6,)]
    movements = (
        "SELECT delta, level_after FROM plugin_host.stock_movements"
        " WHERE tenant_id = :t ORDER BY id"
    )
    assert rows(database, movements, t=tenant) == [(10, 10), (-4, 6)]


def test_generate_report_writes_a_file_of_one_tenant(
    host: RunningHost, folder: Path, tenant: str
) -> None:
    host.invoke(Act("create_task", TASK | {"titulo": "=HYPERLINK(1)"}, tenant))
    host.invoke(Act("create_task", TASK, f"{tenant}-other"))
    act = Act("generate_report", {"tipo": "tareas", "titulo": "Tareas"}, tenant)
    result = host.invoke(act).body["result"]
    assert (result["archivo"], result["filas"]) == (f"{act.key}.csv", 1)
    with (folder / "reports" / result["archivo"]).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["titulo"] for line in lines] == ["'=HYPERLINK(1)"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("notificaciones", {MESSAGE["titulo"], MESSAGE["mensaje"], "warning", "ana; luis"}),
        ("inventario", {"SKU-1", "6", "10", "4"}),
    ],
)
def test_every_kind_of_report_has_its_content(
    host: RunningHost, folder: Path, tenant: str, kind: str, expected: set[str]
) -> None:
    told = MESSAGE | {"destinatarios": ["ana", "luis"]}
    for act in (Act("send_notification", told, tenant), move(tenant, 10), move(tenant, -4)):
        host.invoke(act)
    act = Act("generate_report", {"tipo": kind, "titulo": "Todo"}, tenant)
    content = folder / "reports" / host.invoke(act).body["result"]["archivo"]
    with content.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert len(lines) == 2
    assert expected <= set(lines[1])


def test_a_report_keeps_to_its_period(host: RunningHost, tenant: str) -> None:
    host.invoke(Act("create_task", TASK, tenant))

    def ask(first: str, last: str) -> Reply:
        params = {"tipo": "tareas", "titulo": "x", "periodo": {"desde": first, "hasta": last}}
        return host.invoke(Act("generate_report", params, tenant))

    assert ask("2001-01-01", "2001-12-31").body["result"]["filas"] == 0
    assert ask("2001-01-01", "2999-12-31").body["result"]["filas"] == 1
    assert_refused(ask("2001-01-02", "2001-01-01"), 422, "period_reversed")


def test_crm_query_finds_a_customer_or_says_there_is_none(host: RunningHost, tenant: str) -> None:
    found = host.invoke(Act("crm-query", {"customer": "C-17"}, tenant)).body["result"]
    assert (found["found"], found["nombre"]) == (True, "Panadería La Espiga")
    nobody = host.invoke(Act("crm-query", {"customer": "C-0"}, tenant)).body["result"]
    assert nobody == {"customer": "C-0", "found": False}


def test_a_tenant_sees_its_own_customers_and_never_anothers(
    host: RunningHost, database: Engine, tenant: str
) -> None:
    with database.begin() as connection:
        for customer in ("C-17", "C-99"):
            connection.exec_driver_sql(
                "INSERT INTO plugin_host.customers VALUES"
                " (%s, %s, 'Propio', 'pyme', 'Lugo', 'activo', '2020-01-01')",
                (tenant, customer),
            )
    own = host.invoke(Act("crm-query", {"customer": "C-17"}, tenant)).body["result"]
    assert own["nombre"] == "Propio"
    foreign = host.invoke(Act("crm-query", {"customer": "C-99"}, f"{tenant}-other"))
    assert foreign.body["result"]["found"] is False


def test_stock_is_never_below_zero_whoever_comes_first(
    host: RunningHost, database: Engine, tenant: str
) -> None:
    host.invoke(move(tenant, 10))
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(host.invoke, [move(tenant, -1) for _ in range(20)]))
    done = [reply for reply in replies if reply.status == 200]
    assert sorted(reply.body["result"]["existencias"] for reply in done) == list(range(10))
    for reply in replies:
        if reply.status != 200:
            assert_refused(reply, 422, "insufficient_stock")
            assert reply.body["existencias"] == 0
    levels = "SELECT quantity FROM plugin_host.stock_levels WHERE tenant_id = :t"
    assert rows(database, levels, t=tenant) == [(0,)]
    movements = "SELECT sum(delta) FROM plugin_host.stock_movements WHERE tenant_id = :t"
    assert rows(database, movements, t=tenant) == [(0,)]


@pytest.mark.parametrize(
    ("act", "pointer", "rule"),
    [
        (Act("create_task", TASK | {"prioridad": "máxima"}), "/prioridad", "enum"),
        (Act("create_task", TASK | {"color": "rojo"}), "/color", "additionalProperties"),
        (Act("send_notification", MESSAGE | {"mensaje": ""}), "/mensaje", "minLength"),
        (Act("update_inventory", {"sku": "S", "cantidad": 0, "motivo": "x"}), "/cantidad", "not"),
        (Act("generate_report", {"tipo": "tareas"}), "/titulo", "required"),
    ],
    ids=lambda value: value.tool if isinstance(value, Act) else None,
)
def test_params_the_schema_refuses_are_refused_rule_by_rule(
    host: RunningHost, database: Engine, act: Act, pointer: str, rule: str
) -> None:
    reply = host.invoke(act)
    assert_refused(reply, 422, "params_invalid")
    assert (pointer, rule) in [(error["pointer"], error["rule"]) for error in reply.body["errors"]]
    assert set(reply.body["errors"][0]) == {"pointer", "rule", "given", "expected"}
    claims = "SELECT key FROM plugin_host.invocations WHERE key = :key"
    assert rows(database, claims, key=act.key) == []
    assert effects(database, act) == 0


def test_a_call_the_host_cannot_read_is_refused(host: RunningHost) -> None:
    act = Act("create_task", TASK)
    key = {"Idempotency-Key": act.key}

    def assert_task_refused(change: dict[str, Any], status: int, code: str) -> None:
        assert_refused(host.invoke(replace(act, params=TASK | change)), status, code)

    assert_refused(host.post("create_task", act.body(), {}), 400, "idempotency_key_missing")
    assert_refused(host.post("create_task", b"{", key), 400, "malformed_json")
    assert_refused(host.post("create_task", b'{"x":' * 5000, key), 400, "malformed_json")
    assert_refused(host.post("create_task", b'{"x":"\\ud800"}', key), 400, "malformed_json")
    assert_refused(host.post("sudo", act.body(), key), 404, "unknown_tool")
    assert_refused(host.invoke(replace(act, tenant="")), 400, "tenant_missing")
    assert_refused(host.invoke(replace(act, version="9.0.0")), 422, "version_not_served")
    assert_task_refused({"titulo": "a\0b"}, 422, "nul_character")
    assert_task_refused({"n": 10**17}, 422, "params_not_canonical")


def test_a_body_too_large_is_refused(host: RunningHost) -> None:
    large = Act("create_task", TASK | {"descripcion": "x" * (1024 * 1024)})
    assert_refused(host.invoke(large), 413, "body_too_large")
    assert host.invoke(Act("create_task", TASK)).status == 200


def test_what_is_not_there_is_a_problem_too(host: RunningHost) -> None:
    assert_refused(host.get("/internal/plugins"), 404, "no_such_path")
    assert_refused(host.get("/internal/plugins/create_task/invoke"), 405, "method_not_allowed")
    assert_refused(host.get("/internal/plugins/sudo/status/a.1"), 404, "unknown_tool")
    assert_refused(host.get("/internal/plugins/create_task/status/a%00.1"), 400, "malformed_key")


def test_status_tells_what_was_done_and_promises_nothing_else(host: RunningHost) -> None:
    act = Act("create_task", TASK)
    before = host.status(act)
    assert before.status == 404
    assert {"state": "not_seen", "key": act.key, "fenced": False}.items() <= before.body.items()
    assert before.body["effect"] == "unknown"
    result = host.invoke(act).body["result"]
    after = host.status(act)
    assert (after.status, after.body) == (200, {"key": act.key, "state": "done", "result": result})
    assert host.get(f"/internal/plugins/send_notification/status/{act.key}").status == 404


def test_the_catalog_tells_all_that_a_gate_needs(host: RunningHost) -> None:
    tools = {tool["tool"]: tool for tool in host.get("/internal/plugins/catalog").body["tools"]}
    assert set(tools) == {
        "create_task",
        "send_notification",
        "update_inventory",
        "generate_report",
        "crm-query",
    }
    assert tools["update_inventory"]["risk"] == "high"
    assert [name for name, tool in tools.items() if tool["read_only"]] == ["crm-query"]
    assert tools["create_task"]["sensitive_parameters"] == {"/asignado_a": "pii"}
    for tool in tools.values():
        assert tool["idempotent"] is True
        assert tool["status_fences"] is False
        assert tool["version"] == "1.0.0"
        assert tool["effect"]
        assert tool["description"]
        assert tool["contact"]
        assert len(tool["permissions"]) == 1
        assert datetime.fromisoformat(tool["risk_labelled_at"]).tzinfo is not None
        assert tool["no_effect_on_error"] is False
        assert tool["parameters"]["additionalProperties"] is False


def test_a_host_says_that_it_lives_is_ready_and_what_it_did(host: RunningHost) -> None:
    assert host.get("/healthz").body == {"status": "alive"}
    assert host.get("/readyz").body == {"status": "ready"}
    host.invoke(Act("crm-query", {"customer": "C-17"}))
    host.invoke(Act("crm-query", {}))
    metrics = host.text("/metrics")
    assert 'plugin_host_invocations_total{outcome="done",tool="crm-query"}' in metrics
    assert 'plugin_host_invocations_total{outcome="refused",tool="crm-query"}' in metrics


def test_the_log_tells_of_every_call_and_never_its_params(host: RunningHost) -> None:
    act = Act("create_task", TASK | {"descripcion": "confidencial-4711"})
    host.invoke(act)
    wait_until(lambda: act.action_id in host.log(), DEADLINE_S, "the call in the log")
    assert "confidencial-4711" not in host.log()


def test_chaos_is_refused_unless_it_was_switched_on(host: RunningHost) -> None:
    reply = host.invoke(Act("create_task", TASK), X_Chaos_Delay_Ms="1")
    assert_refused(reply, 400, "chaos_disabled")


def test_hosts_that_start_together_make_one_schema(empty_database_url: str, tmp_path: Path) -> None:
    with (
        running_host(empty_database_url, tmp_path, name="one") as one,
        running_host(empty_database_url, tmp_path, name="two") as two,
        checker(empty_database_url) as database,
    ):
        act = Act("create_task", TASK)
        assert [host.invoke(act).body["replayed"] for host in (one, two)] == [False, True]
        assert effects(database, act) == 1


def test_without_its_database_a_host_refuses_and_says_why(tmp_path: Path) -> None:
    with running_host("postgresql://nobody@127.0.0.1:1/none", tmp_path) as host:
        reply = host.invoke(Act("create_task", TASK))
        assert_refused(reply, 503, "database_away")
        assert host.get("/healthz").status == 200
        ready = host.get("/readyz")
        assert (ready.status, ready.body["waiting_for"]) == (503, ["database"])
