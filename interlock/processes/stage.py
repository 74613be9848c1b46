"""A process with one stage."""

from contextlib import ExitStack

from interlock.iam import NO_IAM
from interlock.iam.opened import open_asker
from interlock.pipeline import PIPELINE
from interlock.processes.process import Process, ends_when_lost, open_feed, take_slot
from processors.snapshot import Snapshot
from state.engine import stage_engine
from state.store import PostgresStore
from streams import clients
from streams.control_feed import ControlFeed
from streams.metrics import StageMetrics
from streams.runtime import Shell, StageRuntime
from streams.source import RecordSource
from streams.transaction import TransactionalWriter

APPROVERS_FRESH_S = 5.0
"""A decision is judged by approvers proven to be the current ones this recently."""


def run(name: str, process: Process, stack: ExitStack) -> None:
    """The stage of that name, once the settings are read."""
    feed = open_feed(process, stack, name)
    if feed is None:
        return
    if name == "observe":
        watch_rollout(process, stack, feed)
    run_stage(process, stack, name, feed)


def watch_rollout(process: Process, stack: ExitStack, feed: ControlFeed[Snapshot]) -> None:
    """The loop that holds a staged rollout, in a thread of its own that ends with the stage."""
    from interlock.rollout_watch import RolloutWatch

    kafka = process.settings.kafka.client_config()
    watch = RolloutWatch(kafka, feed, process.health("rollout-watch"))
    thread = process.thread("rollout-watch", lambda: watch.run(process.stopping))

    def end() -> None:
        process.stopping.set()
        thread.join()

    stack.callback(end)


def run_stage(process: Process, stack: ExitStack, name: str, feed: ControlFeed[Snapshot]) -> None:
    """A stage's runtime in this thread."""
    settings = process.settings
    group = f"interlock-{name}"
    slot = take_slot(process, stack, name, group)
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
    stage = hop.build(
        settings,
        lambda: feed.snapshot,
        lambda: feed.proven_within(APPROVERS_FRESH_S),
        open_asker(settings, stack) if hop.asks else NO_IAM,
    )
    with ends_when_lost(process, slot):
        StageRuntime(stage, shell).run(process.stopping)
