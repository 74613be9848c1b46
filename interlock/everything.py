"""Everything on one machine: services, topics, migrations, settings, keys, every process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from interlock.local import Services, local_services
from interlock.prepare import prepare
from interlock.processes import NAMES
from interlock.settings import Settings, load_settings
from interlock.stop_signals import stop_signals, unwinding_on_signals
from interlock.supervisor import ProcessSpec, Supervisor
from launch import CannotStart, free_ports
from schemas.faults import PassingFault, ProcessFault

READY_S = 60.0
_GIVEN_INSTEAD = {"iam": "IAM_URL"}
"""Processes that somebody else runs where the variable names their address."""


@dataclass(frozen=True)
class Running:
    """Everything, up and ready."""

    services: Services
    settings: Settings
    supervisor: Supervisor


@contextmanager
def everything(echo: TextIO | None = None) -> Iterator[Running]:
    """Start everything, wait until every process is ready, stop it all at the end.

    Data of an earlier run goes on. `echo` gets all processes' log lines, besides the file.

    Raises:
        CannotStart: a service is missing or does not start.
        TimeoutError: a process did not become ready; names which, and what it waits for.
        ProcessFault: topics or settings cannot be applied.
    """
    names = [name for name in NAMES if not os.environ.get(_GIVEN_INSTEAD.get(name, ""))]
    with local_services() as services:
        settings = _settings(services)
        prepare(settings)
        supervisor = Supervisor(
            [ProcessSpec(name, [sys.executable, "-m", "interlock", "run", name]) for name in names],
            services.state_dir / "log" / "interlock.log",
            echo=echo,
        )
        with supervisor:
            supervisor.wait_ready(timeout_s=READY_S)
            yield Running(services, settings, supervisor)


def run_all() -> int:
    """Everything until Ctrl-C or SIGTERM; the exit code."""
    try:
        with unwinding_on_signals(), everything(echo=sys.stdout), stop_signals() as stop:
            stop.wait()
    except (CannotStart, PassingFault, ProcessFault, TimeoutError) as error:
        print(f"interlock: {error}", file=sys.stderr)
        return 1
    return 0


def _settings(services: Services) -> Settings:
    """Our own settings and, by inheritance, those of every process we start."""
    os.environ.update(services.environment())
    os.environ["INTERLOCK_STATE_DIR"] = str(services.state_dir)
    host, iam = free_ports(2)
    os.environ.setdefault("INTERLOCK_PLUGIN_HOST_URL", f"http://127.0.0.1:{host}")
    if not os.environ.get("IAM_URL"):
        os.environ["IAM_URL"] = f"http://127.0.0.1:{iam}"
    return load_settings()
