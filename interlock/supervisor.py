"""Keeps processes running: starts them, starts them again, stops them, keeps their log.

For local mode and the demo; in production that is the platform's work. A process that ends
is started again after a pause that doubles each time, and is short again once it has stayed
up for a while. What the processes print becomes one log, line by line.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self, TextIO

from interlock.merged_log import MergedLog
from interlock.readiness import ready
from launch import end, free_ports, kill_group, spawn, wait_until

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


class Supervisor:
    """Runs the processes of a list.

        with Supervisor(specs, log_file) as supervisor:
            supervisor.wait_ready(timeout_s=30)
            ...

    Leaving the block stops them all. If the supervisor is killed, so are they.
    """

    def __init__(
        self,
        specs: Iterable[ProcessSpec],
        log_file: Path,
        *,
        echo: TextIO | None = None,
        backoff: Backoff | None = None,
        grace_s: float = 15.0,
    ) -> None:
        """Args:
        log_file: all processes' lines, each behind its process's name; appended to.
        echo: the same, for people.
        grace_s: how long a process may take to end after SIGTERM before it is killed.

        Raises:
            ValueError: two specs of one name.
        """
        listed = list(specs)
        by_name = {spec.name: spec for spec in listed}
        if len(by_name) < len(listed):
            raise ValueError("two processes have the same name")
        self._log = MergedLog(log_file, echo)
        self._grace_s = grace_s
        self._stopping = threading.Event()
        self._kept = {
            name: _Kept(spec, port, self._log, backoff or Backoff(), self._stopping)
            for (name, spec), port in zip(by_name.items(), free_ports(len(by_name)), strict=True)
        }

    def start(self) -> None:
        """Start them all; does not wait for them to be ready."""
        for kept in self._kept.values():
            kept.start()

    def stop(self) -> None:
        """SIGTERM to all at once, then SIGKILL to who takes longer than the grace."""
        self._stopping.set()
        deadline = time.monotonic() + self._grace_s
        enders = [
            threading.Thread(target=kept.stop, args=(deadline,)) for kept in self._kept.values()
        ]
        for thread in enders:
            thread.start()
        for thread in enders:
            thread.join()
        self._log.close()

    def wait_ready(self, names: Iterable[str] | None = None, timeout_s: float = 30.0) -> None:
        """Wait until each of them answers 200 on `/readyz`; None: all.

        Raises:
            TimeoutError: names who is not ready, and what it said last.
        """
        waiting = {name: self._kept[name] for name in (names or self._kept)}
        said: dict[str, str] = {}

        def all_ready() -> bool:
            for name, kept in list(waiting.items()):
                answer = ready(kept.health_port)
                if answer.ready:
                    del waiting[name]
                else:
                    said[name] = answer.text
            return not waiting

        try:
            wait_until(all_ready, timeout_s, "processes", every_s=0.05)
        except TimeoutError:
            states = "; ".join(
                f"{name} ({kept.exits} exits): {said[name]}" for name, kept in waiting.items()
            )
            raise TimeoutError(f"not ready within {timeout_s:g} s: {states}") from None

    def run(self) -> None:
        """Keep them running until a signal ends this call with an exception."""
        while True:
            time.sleep(3_600)

    @property
    def names(self) -> list[str]:
        """Of the processes, in the order they were given."""
        return list(self._kept)

    def pid(self, name: str) -> int | None:
        """The process's id; None while it is down."""
        return self._kept[name].pid

    def exits(self, name: str) -> int:
        """How often it has ended."""
        return self._kept[name].exits

    def health_port(self, name: str) -> int:
        """The loopback port it serves its health on: the same after a restart."""
        return self._kept[name].health_port

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Kept:
    """One process, kept running by a thread of its own."""

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


@contextlib.contextmanager
def unwinding_on_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the main thread by SystemExit, as SIGINT does by
    KeyboardInterrupt: `with` blocks are left in order, which stops what they started.

    Python's own answer to them is to end at once; then the kernel would kill the children.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handling(leave, signal.SIGTERM, signal.SIGHUP):
        yield


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT, SIGTERM and SIGHUP set instead, for a main loop that looks at it.

    Meant for after the start: what does not look at the event goes on. The second signal
    raises KeyboardInterrupt, since whoever presses Ctrl-C twice does not want to wait.
    """
    stop = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    with _handling(note, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        yield stop


@contextlib.contextmanager
def _handling(
    handler: Callable[[int, FrameType | None], None], *numbers: signal.Signals
) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
