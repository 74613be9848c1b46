"""One process that is kept running."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from interlock.merged_log import MergedLog
from launch import end, kill_group, spawn

HEALTH_PORT = "INTERLOCK_HEALTH_PORT"
"""Environment variable: where the process serves `/readyz`, `/healthz` and `/metrics`."""
_READER_S = 2.0


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """A process to keep running. `env` is added to the supervisor's own environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds: the first pause, the longest, and how long up makes the next one the first."""

    first_s: float = 0.2
    longest_s: float = 10.0
    well_after_s: float = 10.0


class KeptProcess:
    """Started, waited for and started again by a thread of its own; see `Supervisor`."""

    def __init__(
        self,
        spec: ProcessSpec,
        health_port: int,
        log: MergedLog,
        backoff: Backoff,
        stopping: threading.Event,
    ) -> None:
        self._spec = spec
        self._log = log
        self._backoff = backoff
        self._stopping = stopping
        self._child: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=f"keep-{spec.name}", daemon=True)
        self.health_port = health_port
        self.exits = 0

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    def start(self) -> None:
        self._thread.start()

    def stop(self, deadline: float) -> None:
        """Called with `stopping` set: no further start can begin."""
        with self._starting:
            child = self._child
        if child is not None:
            end(child, signal.SIGTERM, max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        pause = self._backoff.first_s
        while not self._stopping.is_set():
            began = time.monotonic()
            self._run_once()
            if time.monotonic() - began >= self._backoff.well_after_s:
                pause = self._backoff.first_s
            self._stopping.wait(pause)
            pause = min(2 * pause, self._backoff.longest_s)

    def _run_once(self) -> None:
        name = self._spec.name
        with self._starting:
            if self._stopping.is_set():
                return
            try:
                self._child = spawn(
                    self._spec.argv,
                    output=subprocess.PIPE,
                    env={**os.environ, **self._spec.env, HEALTH_PORT: str(self.health_port)},
                )
            except OSError as error:
                self._log.write(name, f"cannot be started: {error}")
                self.exits += 1
                return
        child = self._child
        reader = threading.Thread(target=self._log.follow, args=(name, child.stdout), daemon=True)
        reader.start()
        code = child.wait()
        # What it left behind would hold the pipe open, and run beside its successor.
        kill_group(child)
        reader.join(_READER_S)
        self.exits += 1
        if not self._stopping.is_set():
            self._log.write(name, f"ended with exit code {code}; it will be started again")
