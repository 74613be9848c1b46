"""The processes of a run: started, waited for, measured, stopped."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.cpu import cpu_seconds, peak_mb
from bench.services import ROOT
from launch import end, kill, spawn

READY_S = 60.0
STOP_S = 30.0


class Died(Exception):
    """A process ended by itself."""


@dataclass
class Running:
    name: str
    child: subprocess.Popen[bytes]
    log: Path
    ready_url: str | None
    spawned_at: float
    ready_s: float | None = None

    def wait_ready(self) -> float:
        """Seconds from its start to `/readyz` 200."""
        deadline = self.spawned_at + READY_S
        while self.ready_s is None:
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise Died(f"{self.name} was not ready: see {self.log}")
            if self.ready_url is None or _answers(self.ready_url):
                self.ready_s = time.monotonic() - self.spawned_at
            else:
                time.sleep(0.01)
        return self.ready_s


@dataclass
class Processes:
    """Children with logs of their own in a folder."""

    folder: Path
    environment: Mapping[str, str]
    running: dict[str, Running] = field(default_factory=dict)

    def start(
        self,
        name: str,
        argv: Sequence[str],
        ready_url: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Running:
        """Start a child.

        Args:
            argv: the arguments of Python.
            ready_url: answers 200 once it is ready; None: it is ready at once.
            extra: added to the environment.
        """
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            environment = {**self.environment, **(extra or {})}
            child = spawn([sys.executable, *argv], output=output, env=environment, cwd=ROOT)
        self.running[name] = Running(name, child, log, ready_url, time.monotonic())
        return self.running[name]

    def check(self) -> None:
        """
        Raises:
            Died: one of them ended.
        """
        for process in self.running.values():
            if process.child.poll() is not None:
                raise Died(f"{process.name} ended with {process.child.returncode}: {process.log}")

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU so far, by process."""
        return {name: cpu_seconds(p.child.pid) for name, p in self.running.items()}

    def peaks(self) -> dict[str, float]:
        return {name: peak_mb(p.child.pid) for name, p in self.running.items()}

    def stop(self, name: str) -> int:
        return end(self.running.pop(name).child, grace_s=STOP_S)

    def stop_all(self) -> dict[str, int]:
        """Ask all, then wait for each; exit codes by name."""
        children = {name: process.child for name, process in self.running.items()}
        for child in children.values():
            if child.poll() is None:
                child.terminate()
        codes = {}
        for name, child in children.items():
            # Not `end`: a second SIGTERM finds a Python that is ending without its handler.
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(STOP_S)
            kill(child)
            codes[name] = child.wait()
        self.running.clear()
        return codes

    def kill_all(self) -> None:
        for process in self.running.values():
            kill(process.child)
        self.running.clear()


def bare_environment() -> dict[str, str]:
    """Nothing of the machine's own configuration."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (OSError, URLError):
        return False
