"""Keeps processes running: starts them, starts them again, stops them, keeps their log.

For local mode and the demo; in production that is the platform's work. A process that ends
is started again after a pause that doubles each time, and is short again once it has stayed
up for a while. What the processes print becomes one log, line by line.
"""

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from interlock.kept_process import HEALTH_PORT, Backoff, KeptProcess, ProcessSpec
from interlock.merged_log import MergedLog
from interlock.readiness import ready
from interlock.stop_signals import stop_signals, unwinding_on_signals
from launch import free_ports, wait_until

__all__ = [
    "HEALTH_PORT",
    "Backoff",
    "ProcessSpec",
    "Supervisor",
    "stop_signals",
    "unwinding_on_signals",
]


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
            name: KeptProcess(spec, port, self._log, backoff or Backoff(), self._stopping)
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
            # Python notices a signal that came just before a sleep only after it.
            time.sleep(0.5)

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
