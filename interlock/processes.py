"""The processes, by name: each joins one loop, or execute's four, with what it runs on."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import urlopen

import structlog

from interlock.effects.accept import Accept
from interlock.effects.calls import PluginCaller
from interlock.effects.report import Reporter
from interlock.effects.runner import Runner
from interlock.keys import load_admin_keys
from interlock.pipeline import PIPELINE
from interlock.settings import Settings
from processors.effects import ClaimSettings
from processors.settings_log import reducer
from processors.snapshot import Snapshot
from schemas.faults import PassingFault, ProcessFault
from schemas.names import Topic
from sinks.project import ProjectSink
from state.engine import stage_engine
from state.ledger import PostgresLedger
from state.ownership import Owner
from state.slots import Slot
from state.store import PostgresStore
from streams import clients
from streams.control_feed import ControlFeed
from streams.crash_points import arm
from streams.dead_letters import DeadLetters
from streams.health import Health, HealthServer
from streams.metrics import StageMetrics
from streams.runtime import Shell, StageRuntime, backoff
from streams.source import RecordSource
from streams.transaction import TransactionalWriter

log = structlog.get_logger()

FEED_FRESH_S = 1.0
"""A claim rests on settings proven to be the newest this recently."""


@dataclass
class Process:
    """What the loops of one process share."""

    settings: Settings
    stopping: threading.Event = field(default_factory=threading.Event)
    loops: dict[str, Health] = field(default_factory=dict)
    fault: BaseException | None = None

    def health(self, name: str) -> Health:
        return self.loops.setdefault(name, Health())

    def thread(self, name: str, run: Callable[[], None]) -> threading.Thread:
        """A loop in a thread of its own; its fault ends the whole process."""

        def guarded() -> None:
            try:
                run()
            except BaseException as error:
                log.error("loop_died", loop=name, error=repr(error))
                self.fault = self.fault or error
                self.stopping.set()

        thread = threading.Thread(target=guarded, name=name)
        thread.start()
        return thread


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
            PROCESSES[name](process, stack)
        except ProcessFault as fault:
            process.fault = process.fault or fault
    if process.fault is not None:
        log.error("ends", process=name, error=str(process.fault))
        return 1
    log.info("stopped", process=name)
    return 0


def _stage(name: str) -> Callable[[Process, ExitStack], None]:
    def run(process: Process, stack: ExitStack) -> None:
        feed = _feed(process, stack, name)
        if feed is None:
            return
        _run_stage(process, stack, name, lambda: feed.snapshot)

    return run


def _run_stage(process: Process, stack: ExitStack, name: str, feed: Callable[[], Snapshot]) -> None:
    """A stage's runtime in this thread."""
    settings = process.settings
    group = f"interlock-{name}"
    slot = _slot(process, stack, name, group)
    if slot is None:
        return
    base = settings.kafka.client_config()
    hop = PIPELINE[name]
    engine = stage_engine(settings.database_url, slot.name)
    stack.callback(engine.dispose)
    shell = Shell(
        store=PostgresStore(engine),
        source=RecordSource(
            clients.stage_consumer(base, group, slot.name),
            [topic.value for topic in hop.reads],
            settings.batch_records,
        ),
        writer=TransactionalWriter(clients.transactional_producer(base, slot.name), name),
        health=process.health(name),
        metrics=StageMetrics(name),
    )
    with _ends_when_lost(process, slot):
        StageRuntime(hop.build(settings, feed), shell).run(process.stopping)


def _execute(process: Process, stack: ExitStack) -> None:
    settings = process.settings
    feed = _feed(process, stack, "execute")
    slot = _slot(process, stack, "execute", "interlock-execute") if feed else None
    if feed is None or slot is None:
        return
    base = settings.kafka.client_config()
    owner = Owner(settings.database_url, f"{slot.name}-owner")
    engine = stage_engine(settings.database_url, slot.name, pool_size=3)
    caller = PluginCaller(settings.plugin_host_url)
    stack.callback(engine.dispose)
    stack.callback(owner.close)
    stack.callback(caller.close)
    ledger = PostgresLedger(engine, owner)
    producer = clients.producer(base)
    reporter = Reporter(ledger, producer, process.health("report"))

    def claim_settings() -> ClaimSettings:
        standing = feed.standing
        return ClaimSettings(
            standing.snapshot,
            settings.action_system_enabled,
            standing.proven_within(FEED_FRESH_S),
        )

    runner = Runner(
        ledger,
        caller,
        claim_settings,
        lambda: owner.proven,
        settings.run_concurrency,
        reporter.wake,
    )
    accept = Accept(
        RecordSource(
            clients.stage_consumer(base, "interlock-execute", slot.name),
            [Topic.APPROVED.value],
            settings.batch_records,
        ),
        ledger,
        DeadLetters(producer),
        process.health("accept"),
        runner.wake,
    )
    runner_done = threading.Event()

    def run_and_signal() -> None:
        try:
            runner.run(process.stopping, process.health("execute"))
        finally:
            runner_done.set()

    with _ends_when_lost(process, slot):
        threads = [
            process.thread("accept", lambda: accept.run(process.stopping)),
            process.thread("run", run_and_signal),
            # The reporter stops after the runner, so that the last results are told.
            process.thread("report", lambda: reporter.run(runner_done)),
        ]
        try:
            _run_stage(process, stack, "settle", lambda: feed.snapshot)
        finally:
            process.stopping.set()
            for thread in threads:
                thread.join()


def _project(process: Process, stack: ExitStack) -> None:
    settings = process.settings
    slot = _slot(process, stack, "project", "interlock-project")
    if slot is None:
        return
    base = settings.kafka.client_config()
    engine = stage_engine(settings.database_url, slot.name)
    stack.callback(engine.dispose)
    with _ends_when_lost(process, slot):
        ProjectSink(
            engine,
            clients.stage_consumer(base, "interlock-project", slot.name),
            clients.producer(base),
            process.health("project"),
        ).run(process.stopping)


def _plugin_host(process: Process, stack: ExitStack) -> None:
    """The built-in tools, on the address where execute looks for them."""
    from plugins.serve import serve

    settings = process.settings
    address = urlsplit(settings.plugin_host_url)
    health = process.health("plugin-host")
    ready = f"{settings.plugin_host_url.rstrip('/')}/readyz"

    def await_ready() -> None:
        while not process.stopping.wait(0.1):
            try:
                with urlopen(ready, timeout=1):
                    health.runs()
                    return
            except OSError as error:
                health.waits("not_listening", str(error))

    threading.Thread(target=await_ready, name="await-ready", daemon=True).start()
    serve(
        settings.database_url,
        address.hostname or "127.0.0.1",
        address.port or 80,
        settings.state_dir / "reports",
    )
    process.stopping.set()


PROCESSES: Mapping[str, Callable[[Process, ExitStack], None]] = {
    "draft": _stage("draft"),
    "assess": _stage("assess"),
    "approve": _stage("approve"),
    "execute": _execute,
    "observe": _stage("observe"),
    "project": _project,
    "plugin-host": _plugin_host,
}

NAMES = tuple(PROCESSES)


def _feed(process: Process, stack: ExitStack, name: str) -> "ControlFeed[Snapshot] | None":
    """The control topic, read to its end; None if we were stopped before that."""

    def failed(fault: ProcessFault) -> None:
        process.fault = process.fault or fault
        process.stopping.set()

    settings = process.settings
    feed = ControlFeed(
        settings.kafka.client_config(),
        reducer(load_admin_keys(settings.admin_keys_file)),
        Snapshot(),
        on_fault=failed,
    )
    stack.enter_context(feed)
    while not process.stopping.is_set():
        try:
            feed.wait_loaded(1.0)
            return feed
        except PassingFault as fault:
            process.health(name).waits(fault.code, fault.text)
            log.warning("waiting", process=name, code=fault.code, text=fault.text)
    return None


def _slot(process: Process, stack: ExitStack, name: str, group: str) -> Slot | None:
    """A slot of the group, waiting for the database; None if we were stopped before."""
    waits = 0
    while not process.stopping.is_set():
        try:
            slot = Slot(process.settings.database_url, group)
            stack.callback(slot.release)
            return slot
        except PassingFault as fault:
            waits += 1
            process.health(name).waits(fault.code, fault.text)
            log.warning("waiting", process=name, code=fault.code, text=fault.text)
            process.stopping.wait(backoff(waits))
    return None


@contextmanager
def _ends_when_lost(process: Process, slot: Slot) -> Iterator[None]:
    """Stop the process when somebody else took its slot."""

    def watch() -> None:
        while not process.stopping.wait(0.5):
            if slot.lost.is_set():
                process.fault = ProcessFault("slot_lost", slot.name)
                process.stopping.set()

    threading.Thread(target=watch, name="slot-watch", daemon=True).start()
    yield
