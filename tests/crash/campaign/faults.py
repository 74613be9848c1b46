"""Kind of fault → what it does, and how it heals. Each call begins a fault, waits, and ends it."""

import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from launch import CannotStart
from tests.crash.campaign.instances import Instances
from tests.crash.campaign.journal import Journal
from tests.crash.campaign.plan import Fault, Kind
from tests.crash.campaign.proxy import Mode
from tests.crash.campaign.services import Services


@dataclass
class Field:
    """What faults work on."""

    services: Services
    instances: Instances
    journal: Journal
    healing: threading.Event = field(default_factory=threading.Event)
    """Set at the end: a fault that waits ends at once."""
    broker_lock: threading.Lock = field(default_factory=threading.Lock)
    database_lock: threading.Lock = field(default_factory=threading.Lock)
    done: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.healing.wait(seconds)


def _kill(field: Field, fault: Fault) -> str:
    instance = field.instances[fault.target]
    with instance.lock:
        instance.kill()
        field.wait(fault.lasts)
        instance.start()
    return "killed"


def _crash_point(field: Field, fault: Fault) -> str:
    instance = field.instances[fault.target]
    point, nth = fault.details["point"], fault.details["nth"]
    with instance.lock:
        instance.kill()
        instance.start(INTERLOCK_CRASH_AT=point, INTERLOCK_CRASH_NTH=str(nth))
        deadline = time.monotonic() + fault.lasts
        while instance.alive and time.monotonic() < deadline and not field.healing.is_set():
            field.wait(0.05)
        assert instance.process is not None
        code = instance.process.poll()
        if code is None:
            instance.terminate()
        elif code == -signal.SIGKILL:
            field.points[point] += 1
        else:
            field.instances.note_exit(instance)
        instance.start()
    return "reached" if code == -signal.SIGKILL else f"not reached ({code})"


def _freeze(field: Field, fault: Fault) -> str:
    instance = field.instances[fault.target]
    with instance.lock:
        instance.signal(signal.SIGSTOP)
        field.wait(fault.lasts)
        instance.signal(signal.SIGCONT)
    return "woken"


def _restart(field: Field, fault: Fault) -> str:
    instance = field.instances[fault.target]
    with instance.lock:
        code = instance.terminate()
        if code is None:
            field.notes.append(f"{instance.name} did not end within the grace after SIGTERM")
        field.wait(fault.lasts)
        instance.start()
    return f"ended with {code}"


def _third_instance(field: Field, fault: Fault) -> str:
    instance = field.instances.add(fault.target, field.services.environment(fault.target))
    field.wait(fault.lasts)
    with instance.lock:
        field.instances.remove(fault.target)
        code = instance.terminate()
    return f"ended with {code}"


def _broker(down: Callable[[Field], None]) -> Callable[[Field, Fault], str]:
    def run(field: Field, fault: Fault) -> str:
        began = time.monotonic()
        with field.broker_lock:
            down(field)
            gone = time.monotonic() - began
            field.wait(fault.lasts)
            field.services.broker.start()
        return f"down after {gone:.1f} s, up after {time.monotonic() - began:.1f} s"

    return run


def _database(down: Callable[[Field], None]) -> Callable[[Field, Fault], str]:
    def run(field: Field, fault: Fault) -> str:
        began = time.monotonic()
        with field.database_lock:
            down(field)
            field.wait(fault.lasts)
            field.services.postgres.start()
        return f"up after {time.monotonic() - began:.1f} s"

    return run


def _network(mode: Mode) -> Callable[[Field, Fault], str]:
    def run(field: Field, fault: Fault) -> str:
        proxy = field.services.proxies[fault.target]
        proxy.set(mode, fault.details.get("delay", 0.0))
        field.wait(fault.lasts)
        proxy.set(Mode.OPEN)
        return "open again"

    return run


DO: Mapping[Kind, Callable[[Field, Fault], str]] = {
    Kind.KILL: _kill,
    Kind.CRASH_POINT: _crash_point,
    Kind.FREEZE: _freeze,
    Kind.RESTART: _restart,
    Kind.THIRD_INSTANCE: _third_instance,
    Kind.BROKER_RESTART: _broker(lambda field: field.services.broker.stop()),
    Kind.BROKER_KILL: _broker(lambda field: field.services.broker.kill()),
    Kind.DATABASE_RESTART: _database(lambda field: field.services.postgres.stop()),
    Kind.DATABASE_KILL: _database(lambda field: field.services.postgres.kill()),
    Kind.NET_RESET: _network(Mode.RESET),
    Kind.NET_HOLE: _network(Mode.HOLE),
    Kind.NET_DELAY: _network(Mode.DELAY),
}


def happen(field: Field, fault: Fault) -> None:
    """Let one fault happen from beginning to end, and write down both."""
    line = {**fault.line(), "kind": fault.kind.value}
    field.journal.write({**line, "what": "begins", "time": time.time()})
    try:
        said = DO[fault.kind](field, fault)
    except (CannotStart, OSError, RuntimeError, subprocess.SubprocessError) as error:
        said = f"the driver failed: {error!r}"
        field.notes.append(f"{fault.kind} of {fault.target}: {said}")
    field.done[fault.kind.value] += 1
    field.journal.write({**line, "what": "ends", "said": said, "time": time.time()})
