"""The whole chain as real processes, which a test may kill and start again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import orjson
from confluent_kafka import Producer

from launch import free_port

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60.0
FENCED = ("consumer_fatal", "producer_fatal")
NAMES = ("plugin-host", "draft", "assess", "approve", "execute", "observe", "project")


def until(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait for a condition; fail with what was waited for."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(0.02)


@dataclass
class Instance:
    """One process of the chain."""

    name: str
    process: subprocess.Popen[bytes]
    health_port: int
    log_from: int
    """Where the common log ended when it was started."""
    again: Callable[[], object]
    """Start one like it in its place."""

    @property
    def ready(self) -> bool:
        if self.process.poll() is not None:
            return False
        try:
            with urlopen(f"http://127.0.0.1:{self.health_port}/readyz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (OSError, URLError):
            return False


@dataclass
class Chain:
    """Starts, kills and restarts processes on one broker and one database."""

    environment: Mapping[str, str]
    log: Path
    instances: dict[str, Instance] = field(default_factory=dict)
    tenants: Iterator[str] = field(default_factory=lambda: iter(()))

    @property
    def bootstrap(self) -> str:
        return self.environment["KAFKA_BOOTSTRAP_SERVERS"]

    def prepare(self) -> None:
        """Topics, settings and keys, before any process starts; a tenant for each test to come."""
        from tests.crash.preparation import apply

        self.tenants = iter(apply(self.environment))

    def new_tenant(self) -> str:
        """A tenant nobody used yet, with automation on."""
        return next(self.tenants)

    def start(
        self,
        name: str,
        instance: str | None = None,
        module: Sequence[str] = ("interlock",),
        **extra: str,
    ) -> Instance:
        """Start a process; `module` is what Python runs, with arguments of its own."""
        port = free_port()
        environment = {**self.environment, "INTERLOCK_HEALTH_PORT": str(port), **extra}
        with self.log.open("ab") as log:
            log_from = log.tell()
            process = subprocess.Popen(
                [sys.executable, "-m", *module, "run", name],
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

        def again() -> object:
            return self.start(name, instance, module, **extra)

        started = self.instances[instance or name] = Instance(name, process, port, log_from, again)
        return started

    def wait_ready(self, *names: str) -> None:
        for name in names or tuple(self.instances):
            self.until(lambda name=name: self.instances[name].ready, f"{name} ready")  # type: ignore[misc]

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition, starting again who was fenced, as a platform does: a broker that
        stands still for longer than a session fences its static members, and they end. Any other
        end fails the test.
        """

        def supervised() -> bool:
            self._start_fenced()
            return condition()

        try:
            until(supervised, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log_tail()}") from None

    def _start_fenced(self) -> None:
        """Not who was killed: its test decides about it."""
        for instance in tuple(self.instances.values()):
            code = instance.process.poll()
            if code in (None, -signal.SIGKILL):
                continue
            if code != 1 or not self._was_fenced(instance):
                raise AssertionError(f"{instance.name} ended with {code}")
            instance.again()

    def _was_fenced(self, instance: Instance) -> bool:
        said = self.log.read_bytes()[instance.log_from :]
        ends = (f'"process":"{instance.name}","error":"{code}' for code in FENCED)
        return any(end.encode() in said for end in ends)

    def log_tail(self, lines: int = 30) -> str:
        """What the processes said last."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, name: str) -> int:
        """SIGTERM; the exit code."""
        instance = self.instances.pop(name)
        instance.process.terminate()
        return instance.process.wait(DEADLINE_S)

    def kill(self, name: str) -> None:
        """SIGKILL; nothing is drained."""
        instance = self.instances.pop(name)
        instance.process.kill()
        instance.process.wait(DEADLINE_S)

    def wait_killed(self, name: str) -> None:
        """Wait until the process ended itself at its crash point."""
        self.until(
            lambda: self.instances[name].process.poll() == -signal.SIGKILL,
            f"{name} reaches its crash point",
        )
        del self.instances[name]

    def stop_all(self) -> None:
        for instance in self.instances.values():
            instance.process.terminate()
        for instance in self.instances.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                instance.process.wait(20)
            if instance.process.poll() is None:
                instance.process.kill()
                instance.process.wait(5)
        self.instances.clear()

    def publish(self, topic: str, records: Sequence[tuple[str, bytes]]) -> None:
        """Write (key, value) records and wait for the broker."""
        producer = Producer(
            {"bootstrap.servers": self.bootstrap, "partitioner": "murmur2_random", "acks": "all"}
        )
        for key, value in records:
            producer.produce(topic, value=value, key=key.encode())
        assert producer.flush(30) == 0


def response(
    tenant: str, actions: Sequence[Mapping[str, object]], response_id: str | None = None
) -> tuple[str, bytes]:
    """A documented response as (key, value)."""
    return tenant, orjson.dumps(
        {
            "response_id": response_id or uuid.uuid4().hex,
            "tenant_id": tenant,
            "trace_id": uuid.uuid4().hex,
            "output": {"actions": list(actions)},
        }
    )


def task(title: str = "Revisar", confidence: float = 0.95) -> dict[str, object]:
    """A `create_task` proposal that runs by itself for the demo tenant."""
    return {
        "action_type": "create_task",
        "parameters": {"titulo": title, "descripcion": "de una prueba", "prioridad": "alta"},
        "confidence": confidence,
    }


def environment(bootstrap: str, database_url: str, state_dir: Path) -> dict[str, str]:
    """What every process of the chain gets; nothing of the machine's own configuration."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "DATABASE_URL": database_url,
        "INTERLOCK_STATE_DIR": str(state_dir),
        "INTERLOCK_PLUGIN_HOST_URL": f"http://127.0.0.1:{free_port()}",
        "PYTHONUNBUFFERED": "1",
    }


@contextlib.contextmanager
def running(chain: Chain, names: Sequence[str] = NAMES) -> Iterator[Chain]:
    """The chain, up and ready, stopped afterwards."""
    try:
        for name in names:
            chain.start(name)
        chain.wait_ready()
        yield chain
    finally:
        chain.stop_all()
