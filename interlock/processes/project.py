"""The sink `project` as a process."""

from contextlib import ExitStack

from interlock.processes.process import Process, ends_when_lost, take_slot
from sinks.project import ProjectSink
from state.engine import stage_engine
from streams import clients


def run(process: Process, stack: ExitStack) -> None:
    settings = process.settings
    slot = take_slot(process, stack, "project", "interlock-project")
    if slot is None:
        return
    base = settings.kafka.client_config()
    engine = stage_engine(settings.database_url, slot.name)
    stack.callback(engine.dispose)
    with ends_when_lost(process, slot):
        ProjectSink(
            engine,
            clients.stage_consumer(base, "interlock-project", slot.name),
            clients.producer(base),
            process.health("project"),
        ).run(process.stopping)
