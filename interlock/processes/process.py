"""What the loops of one process share: settings, stopping, health, the feed and the slot."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import structlog

from interlock.keys import load_admin_keys
from interlock.settings import Settings
from processors.settings_log import reducer
from processors.snapshot import Snapshot
from schemas.faults import PassingFault, ProcessFault
from state.slots import Slot
from streams.control_feed import ControlFeed
from streams.health import Health
from streams.runtime import backoff

log = structlog.get_logger()


ASK_EVERY_S = 1.0
"""How often a process asks whether its settings are the newest, where nothing has to be proven
from one moment to the next."""


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


def open_feed(
    process: Process, stack: ExitStack, name: str, ask_every_s: float = ASK_EVERY_S
) -> "ControlFeed[Snapshot] | None":
    """The control topic, read to its end; None if we were stopped before that."""

    def failed(fault: ProcessFault) -> None:
        process.fault = process.fault or fault
        process.stopping.set()

    settings = process.settings
    admin_keys = load_admin_keys(settings.admin_keys_file)
    if not admin_keys:
        raise ProcessFault(
            "admin_keys_missing",
            f"{settings.admin_keys_file} holds no key: without one no freeze counts and nobody "
            "can approve; name the file in INTERLOCK_ADMIN_KEYS",
        )
    feed = ControlFeed(
        settings.kafka.client_config(),
        reducer(admin_keys),
        Snapshot(),
        on_fault=failed,
        ask_every_s=ask_every_s,
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


def take_slot(process: Process, stack: ExitStack, name: str, group: str) -> Slot | None:
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
def ends_when_lost(process: Process, slot: Slot) -> Iterator[None]:
    """Stop the process when somebody else took its slot."""

    def watch() -> None:
        while not process.stopping.wait(0.5):
            if slot.lost.is_set():
                process.fault = ProcessFault("slot_lost", slot.name)
                process.stopping.set()

    threading.Thread(target=watch, name="slot-watch", daemon=True).start()
    yield
