"""One campaign from its beginning to its verdict."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import orjson

from launch import wait_until
from tests.crash.campaign import counted, judge, logs, services
from tests.crash.campaign.approver import Approver
from tests.crash.campaign.faults import Field, happen
from tests.crash.campaign.instances import Instances
from tests.crash.campaign.journal import Journal
from tests.crash.campaign.load import traffic
from tests.crash.campaign.names import INSTANCES
from tests.crash.campaign.plan import faults
from tests.crash.campaign.proxy import Mode
from tests.crash.campaign.publisher import Publisher
from tests.crash.campaign.quiet import Quiet
from tests.crash.campaign.report import Report
from tests.crash.campaign.services import Services
from tests.crash.campaign.tenants import tools

READY_S = 120.0
_HEALED_S = 60.0


@dataclass(frozen=True)
class Wanted:
    """What a campaign was asked for. `actions` given: until so many are published."""

    seed: int
    seconds: float
    actions: int | None
    rate: float | None
    quiet_s: float
    with_faults: bool


@dataclass
class Campaign:
    wanted: Wanted
    folder: Path
    report: Report = field(init=False)

    def __post_init__(self) -> None:
        self.report = Report(self.wanted.seed, self.wanted.seconds, str(self.folder))

    def run(self) -> Report:
        (self.folder / "logs").mkdir(parents=True)
        (self.folder / "state").mkdir()
        with services.running(self.folder, self.wanted.seed) as running:
            instances = Instances(self.folder / "logs")
            try:
                for name in INSTANCES:
                    instances.add(name, running.environment(name))
                instances.supervise()
                _await_ready(instances)
                self._under_fire(running, instances)
            finally:
                for name, code in instances.stop().items():
                    if code is None:
                        self.report.notes.append(f"{name} had to be killed in the end")
        return self.report

    def _under_fire(self, running: Services, instances: Instances) -> None:
        journals = {
            name: Journal(self.folder / f"{name}.jsonl")
            for name in ("published", "decisions", "faults", "quiet")
        }
        publisher = Publisher(
            running.bootstrap,
            running.database_url,
            journals["published"],
            traffic(self.wanted.seed),
        )

        def one_more_left() -> None:
            publisher.left_alone += 1

        approver = Approver(
            running.bootstrap,
            running.keys,
            self.wanted.seed,
            journals["decisions"],
            one_more_left,
        )
        field_ = Field(running, instances, journals["faults"])
        over, approver_stops = threading.Event(), threading.Event()
        people = _thread("approver", lambda: approver.run(approver_stops))
        began = time.monotonic()
        chaos = _thread("faults", lambda: self._faults(field_, over))
        timer = threading.Timer(self.wanted.seconds, over.set)
        if self.wanted.actions is None:
            timer.start()
        publisher.run(self.wanted.rate, self.wanted.actions, over)
        over.set()
        timer.cancel()
        self.report.seconds = time.monotonic() - began
        field_.healing.set()
        chaos.join()
        self._heal(field_)
        self._await_quiet(running, publisher, approver, journals["quiet"])
        approver_stops.set()
        people.join()
        self._tell(running, publisher, approver, field_)
        for journal in journals.values():
            journal.close()
        self.report.violations += judge.violations(running, instances)

    def _faults(self, field_: Field, over: threading.Event) -> None:
        """Start each fault at its time, on a thread of its own; wait for all in the end."""
        if not self.wanted.with_faults:
            return
        began = time.monotonic()
        under_way: list[threading.Thread] = []
        for fault in faults(self.wanted.seed):
            if over.wait(max(0.0, began + fault.at - time.monotonic())):
                break
            under_way.append(_thread(f"fault-{fault.kind}", partial(happen, field_, fault)))
        for thread in under_way:
            thread.join()

    def _heal(self, field_: Field) -> None:
        """Each fault has ended, and with that mended what it broke; see that it is so."""
        for proxy in field_.services.proxies.values():
            proxy.set(Mode.OPEN)
        field_.services.postgres.start()
        field_.services.broker.start()
        try:
            _await_ready(field_.instances)
        except TimeoutError as error:
            self.report.violations.append(f"after healing: {error}")

    def _await_quiet(
        self, running: Services, publisher: Publisher, approver: Approver, journal: Journal
    ) -> None:
        quiet = Quiet(
            running.bootstrap, running.database_url, publisher.expected, approver.undecided
        )
        began = time.monotonic()
        left = ["never asked"]
        while left and time.monotonic() - began < self.wanted.quiet_s:
            left = quiet.missing()
            journal.write({"time": time.time(), "left": left})
            time.sleep(0.5 if left else 0)
        if left:
            left = quiet.missing(all_of_it=True)
            self.report.violations += [f"not quiet: {what}" for what in left]
        else:
            self.report.quiet_after_s = time.monotonic() - began

    def _tell(
        self, running: Services, publisher: Publisher, approver: Approver, field_: Field
    ) -> None:
        report = self.report
        report.records = publisher.records
        report.actions = len(publisher.expected)
        report.decisions = approver.decided
        report.throttled_s = publisher.waited_s
        report.faults = dict(field_.done)
        report.crash_points = dict(field_.points)
        report.endings = counted.endings(running.database_url)
        report.exits = logs.reasons(field_.instances.exits)
        report.starts = sum(each.starts for each in field_.instances)
        report.notes += field_.notes
        if publisher.failed:
            report.violations.append(f"{publisher.failed} responses were not delivered")
        content = {
            "seed": self.wanted.seed,
            "seconds": report.seconds,
            "undecided": approver.undecided,
            "tools": tools(),
        }
        (self.folder / "campaign.json").write_bytes(orjson.dumps(content))


def _thread(name: str, run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def _await_ready(instances: Instances) -> None:
    """Wait until all are ready.

    Raises:
        TimeoutError: names who is not.
    """
    waiting = [each.name for each in instances]

    def all_ready() -> bool:
        waiting[:] = [name for name in waiting if not instances[name].ready]
        return not waiting

    try:
        wait_until(all_ready, READY_S, "processes", every_s=0.2)
    except TimeoutError:
        raise TimeoutError(f"not ready within {READY_S:g} s: {', '.join(waiting)}") from None
