"""Everything on one machine: services, topics, migrations, settings, keys, every process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from sqlalchemy import create_engine

from interlock.local import Services, local_services
from interlock.prepare import prepare
from interlock.processes import NAMES
from interlock.settings import Settings, load_settings
from interlock.supervisor import ProcessSpec, Supervisor, stop_signals
from launch import CannotStart, free_port
from schemas.faults import ProcessFault
from state.migrate import migrate

READY_S = 60.0


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
    with local_services() as services:
        settings = _settings(services)
        engine = create_engine(settings.database_url)
        migrate(engine)
        engine.dispose()
        prepare(settings, demo=True)
        supervisor = Supervisor(
            [ProcessSpec(name, [sys.executable, "-m", "interlock", "run", name]) for name in NAMES],
            services.state_dir / "log" / "interlock.log",
            echo=echo,
        )
        with supervisor:
            supervisor.wait_ready(timeout_s=READY_S)
            yield Running(services, settings, supervisor)


def run_all() -> int:
    """Everything until Ctrl-C or SIGTERM; the exit code."""
    try:
        with stop_signals() as stop, everything(echo=sys.stdout):
            stop.wait()
    except (CannotStart, ProcessFault, TimeoutError) as error:
        print(f"interlock: {error}", file=sys.stderr)
        return 1
    return 0


def _settings(services: Services) -> Settings:
    """Our own settings and, by inheritance, those of every process we start."""
    os.environ.update(services.environment())
    os.environ["INTERLOCK_STATE_DIR"] = str(services.state_dir)
    os.environ.setdefault("INTERLOCK_PLUGIN_HOST_URL", f"http://127.0.0.1:{free_port()}")
    return load_settings()
