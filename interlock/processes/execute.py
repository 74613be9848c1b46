"""Execute: accept, run and report in threads of their own, settle in this one."""

import threading
from contextlib import ExitStack
from functools import partial

import structlog

from interlock.effects.accept import Accept
from interlock.effects.calls import PluginCaller
from interlock.effects.report import Reporter
from interlock.effects.runner import Runner
from interlock.processes.process import Process, ends_when_lost, open_feed, take_slot
from interlock.processes.stage import run_stage
from processors.effects import ClaimSettings
from schemas.faults import PassingFault
from schemas.names import Topic
from state.engine import stage_engine
from state.ledger import ACCEPT, PostgresLedger
from state.ownership import Owner
from state.store import PostgresStore
from streams import clients
from streams.dead_letters import DeadLetters
from streams.restored import check_not_restored
from streams.runtime import backoff
from streams.source import RecordSource

log = structlog.get_logger()

_READERS = (
    ("interlock-execute", Topic.APPROVED.value, ACCEPT),
    ("interlock-settle", Topic.REPORTS.value, "settle"),
)
"""(group, topic it reads, the name its positions have in the database)"""
FEED_ASKED_S = 0.2
FEED_FRESH_S = 1.0
"""A claim rests on settings proven to be the newest this recently."""


def run(process: Process, stack: ExitStack) -> None:
    settings = process.settings
    feed = open_feed(process, stack, "execute", FEED_ASKED_S)
    slot = take_slot(process, stack, "execute", "interlock-execute") if feed else None
    if feed is None or slot is None:
        return
    base = settings.kafka.client_config()
    owner = Owner(settings.database_url, f"{slot.name}-owner")
    engine = stage_engine(settings.database_url, slot.name, pool_size=3, autocommit=True)
    caller = PluginCaller(settings.plugin_host_url)
    stack.callback(engine.dispose)
    stack.callback(owner.close)
    stack.callback(caller.close)
    if not _database_is_current(process, PostgresStore(engine)):
        return
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
        lambda claimed: owner.holds(claimed.session),
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

    with ends_when_lost(process, slot):
        threads = [
            process.thread("accept", lambda: accept.run(process.stopping)),
            process.thread("run", run_and_signal),
            # The reporter stops after the runner, so that the last results are told.
            process.thread("report", lambda: reporter.run(runner_done)),
        ]
        try:
            run_stage(process, stack, "settle", feed)
        finally:
            process.stopping.set()
            for thread in threads:
                thread.join()


def _database_is_current(process: Process, store: PostgresStore) -> bool:
    """Wait until the database is known to be as far as the log: effects it holds as queued may
    have happened if it was restored. False: stopped before that."""
    waits = 0
    health = process.health("execute")
    kafka = process.settings.kafka.client_config()
    while not process.stopping.is_set():
        try:
            for group, topic, name in _READERS:
                check_not_restored(kafka, group, topic, partial(store.positions, name))
            return True
        except PassingFault as fault:
            waits += 1
            health.waits(fault.code, fault.text)
            log.warning("waiting", process="execute", code=fault.code, text=fault.text)
            process.stopping.wait(backoff(waits))
    return False
