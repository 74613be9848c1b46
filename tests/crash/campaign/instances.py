"""The product's processes, kept running as a supervisor would, and open to every fault."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import orjson

from launch import kill, spawn
from tests.crash.campaign.names import process_of

BACKOFF_S = 0.5
_NICE = ("nice", "-n", "5") if shutil.which("nice") else ()
"""Broker and database first: with a dozen processes on two cores they would take a minute to
come back, and all the campaign would show is waiting."""
GRACE_S = 25.0
"""How long a process may take to end after SIGTERM, with the broker or the database away."""


@dataclass(frozen=True)
class Exit:
    """A process that ended by itself: neither a fault's doing nor ours."""

    instance: str
    code: int
    last_line: str
    at: float


@dataclass
class Instance:
    """One process, started again and again on one log. Whoever does something to it holds
    `lock`; while nobody does, the supervisor looks after it."""

    name: str
    environment: Mapping[str, str]
    log: Path
    lock: threading.RLock = field(default_factory=threading.RLock)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    _from: int = 0

    def start(self, **extra: str) -> None:
        with self.log.open("ab") as log:
            self._from = log.seek(0, os.SEEK_END)
            self.process = spawn(
                [*_NICE, sys.executable, "-m", "interlock", "run", process_of(self.name)],
                output=log,
                env={**self.environment, **extra},
            )
        self.starts += 1

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        if self.process is not None:
            kill(self.process)

    def terminate(self) -> int | None:
        """SIGTERM; the exit code, None if it had to be killed."""
        assert self.process is not None
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(GRACE_S)
        self.kill()
        return None

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        if self.alive:
            self.process.send_signal(number)

    def lines(self) -> list[dict[str, object]]:
        """What the present run has logged."""
        with self.log.open("rb") as log:
            log.seek(self._from)
            return [_line(line) for line in log.read().splitlines() if line.strip()]

    @property
    def ready(self) -> bool:
        ports = [e["health_port"] for e in self.lines() if e.get("event") == "started"]
        if not ports or not self.alive:
            return False
        try:
            with urlopen(f"http://127.0.0.1:{ports[-1]}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _line(raw: bytes) -> dict[str, object]:
    with contextlib.suppress(orjson.JSONDecodeError):
        content = orjson.loads(raw)
        if isinstance(content, dict):
            return content
    return {"raw": raw.decode("utf-8", "replace")}


class Instances:
    """All of them, and the supervisor's thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: dict[str, Instance] = {}
        self.exits: list[Exit] = []
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)

    def __getitem__(self, name: str) -> Instance:
        return self._all[name]

    def __iter__(self) -> Iterator[Instance]:
        return iter(list(self._all.values()))

    def add(self, name: str, environment: Mapping[str, str]) -> Instance:
        """Start one and look after it from now on; its lock is free."""
        instance = Instance(name, environment, self._folder / f"{name}.log")
        instance.start()
        self._all[name] = instance
        return instance

    def remove(self, name: str) -> Instance:
        return self._all.pop(name)

    def supervise(self) -> None:
        self._supervisor.start()

    def _supervise(self) -> None:
        ended: dict[str, float] = {}
        while not self._stopping.wait(0.1):
            for instance in self:
                if not instance.lock.acquire(blocking=False):
                    continue
                try:
                    self._look_after(instance, ended)
                finally:
                    instance.lock.release()

    def _look_after(self, instance: Instance, ended: dict[str, float]) -> None:
        if instance.alive or instance.name not in self._all or self._stopping.is_set():
            ended.pop(instance.name, None)
        elif instance.name not in ended:
            ended[instance.name] = time.monotonic()
            self.note_exit(instance)
        elif time.monotonic() - ended[instance.name] > BACKOFF_S:
            del ended[instance.name]
            instance.start()

    def note_exit(self, instance: Instance) -> None:
        """Write down that it ended by itself."""
        assert instance.process is not None
        lines = instance.lines()
        last = orjson.dumps(lines[-1]).decode() if lines else ""
        code = instance.process.poll()
        self.exits.append(Exit(instance.name, -999 if code is None else code, last, time.time()))

    def stop(self) -> dict[str, int | None]:
        """Stop supervising and everything; exit codes, None for who had to be killed."""
        self._stopping.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        for instance in self:
            instance.signal(signal.SIGCONT)
            instance.signal(signal.SIGTERM)
        return {instance.name: instance.terminate() for instance in self}
