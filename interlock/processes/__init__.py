"""The processes, by name. Each module is imported by the process that needs it, and no other."""

import gc
import importlib
import signal
from contextlib import ExitStack

import structlog

from interlock.processes.process import Process
from interlock.settings import Settings
from schemas.faults import ProcessFault
from streams.crash_points import arm
from streams.health import HealthServer

log = structlog.get_logger()

STAGES = ("draft", "assess", "approve", "observe")
OTHERS = {"execute": "execute", "project": "project", "plugin-host": "plugin_host", "iam": "iam"}
"""name → module of this package."""

NAMES = ("plugin-host", "iam", *STAGES, "execute", "project")


def run_process(name: str, settings: Settings) -> int:
    """Run one process until SIGTERM or SIGINT; its exit code.

    0 after a stop that drained; 1 after a `ProcessFault`: the supervisor starts it afresh.
    """
    arm(settings.crash_at, settings.crash_nth)
    process = Process(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stopping.set())
    with ExitStack() as stack:
        try:
            health = HealthServer(settings.health_port, process.loops)
            process.health(name)
            health.start()
            stack.callback(health.stop)
            log.info("started", process=name, health_port=health.port)
            _run(name, process, stack)
        except ProcessFault as fault:
            process.fault = process.fault or fault
    if process.fault is not None:
        log.error("ends", process=name, error=str(process.fault))
        return 1
    log.info("stopped", process=name)
    return 0


def _run(name: str, process: Process, stack: ExitStack) -> None:
    if name in STAGES:
        module = importlib.import_module("interlock.processes.stage")
        _collect_seldom()
        module.run(name, process, stack)
    else:
        module = importlib.import_module(f"interlock.processes.{OTHERS[name]}")
        _collect_seldom()
        module.run(process, stack)


def _collect_seldom() -> None:
    """Batches make many objects and hardly a cycle: looking for cycles every 700 objects, and
    through everything that was imported, took a fifth of a stage's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
