"""The plugin host as a process of its own, and a client that keeps nothing open."""

import http.client
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text

from launch import wait_until

DEADLINE_S = 20.0


@dataclass(frozen=True)
class Reply:
    status: int
    content_type: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Act:
    """What to ask a tool for; `key` follows from the action."""

    tool: str
    params: dict[str, Any]
    tenant: str = "tenant-a"
    action_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    version: str | None = "1.0.0"

    @property
    def key(self) -> str:
        return f"{self.action_id}.1"

    def body(self) -> bytes:
        return json.dumps(
            {
                "tenant_id": self.tenant,
                "action_id": self.action_id,
                "revision": 1,
                "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                "tool": self.tool,
                "version": self.version,
                "params": self.params,
            }
        ).encode()


class RunningHost:
    """One host process on a free port, logging to `log`."""

    def __init__(self, database_url: str, reports: Path, log: Path, chaos: bool = False) -> None:
        environment = {**os.environ, "INTERLOCK_PLUGIN_CHAOS": "1" if chaos else "0"}
        command = [sys.executable, "-m", "plugins", "--port", "0", "--database-url", database_url]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "--reports-dir", str(reports)],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=Path(__file__).parents[2],
            )
        self._log = log
        self.port = 0
        wait_until(self._listening, DEADLINE_S, "the host to listen")

    def invoke(self, act: Act, **headers: str) -> Reply:
        """`headers` by their names with `_` for `-`. OSError or HTTPException if unanswered."""
        return self.post(act.tool, act.body(), {"Idempotency-Key": act.key, **headers})

    def post(self, tool: str, body: bytes, headers: dict[str, str]) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask("POST", f"/internal/plugins/{tool}/invoke", body, sent)

    def status(self, act: Act) -> Reply:
        return self.get(f"/internal/plugins/{act.tool}/status/{act.key}")

    def get(self, path: str) -> Reply:
        return self._ask("GET", path, None, {})

    def text(self, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        connection.request("GET", path)
        content = connection.getresponse().read().decode()
        connection.close()
        return content

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(DEADLINE_S)

    def terminate(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Reply(
                response.status,
                response.headers.get_content_type(),
                {name.lower(): value for name, value in response.headers.items()},
                json.loads(response.read()),
            )
        finally:
            connection.close()

    def _listening(self) -> bool:
        assert self.process.poll() is None, self._log.read_text()
        for line in self._log.read_text(encoding="utf-8").splitlines():
            if '"event":"listening"' in line:
                self.port = json.loads(line)["port"]
        return self.port != 0


@contextmanager
def running_host(
    database_url: str, folder: Path, *, chaos: bool = False, name: str = "host"
) -> Iterator[RunningHost]:
    """A host whose reports lie in `folder/reports`; killed at the end if it still runs."""
    host = RunningHost(database_url, folder / "reports", folder / f"{name}.log", chaos)
    try:
        yield host
    finally:
        if host.process.poll() is None:
            host.kill()


@contextmanager
def checker(database_url: str) -> Iterator[Engine]:
    """A look into the host's tables that shares no code with it."""
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"))
    try:
        yield engine
    finally:
        engine.dispose()


def rows(engine: Engine, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def effects(engine: Engine, act: Act) -> int:
    """How often `act` had its effect."""
    query = "SELECT count(*) FROM plugin_host.effect_log WHERE key = :key"
    return int(rows(engine, query, key=act.key)[0][0])


def await_its_commit(engine: Engine, act: Act) -> int:
    """Wait until a host has written everything of `act` and not committed it.

    Returns:
        The process id of its PostgreSQL backend.
    """
    before_commit = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'interlock-plugin-host' AND state = 'idle in transaction'"
        " AND query LIKE '%effect_log%' AND position(:key in query) > 0"
    )
    found = wait_until(
        lambda: rows(engine, before_commit, key=act.key), DEADLINE_S, "the call before its commit"
    )
    return int(found[0][0])
