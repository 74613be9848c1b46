"""The whole chain in memory: the stages of `interlock.pipeline` and execute's loops around an
in-memory ledger, on the test driver."""

from collections.abc import Callable
from concurrent.futures import Future

from interlock.effects.calls import NotSent, StillOwner
from interlock.effects.memory_ledger import MemoryLedger
from interlock.effects.runner import Runner
from interlock.iam import NO_IAM, Asker
from interlock.pipeline import PIPELINE
from interlock.settings import Settings
from processors.effects import Answered, CallOutcome, ClaimSettings
from processors.snapshot import Snapshot
from schemas.codec import decode_as
from schemas.events import Approved, EffectReport
from schemas.identity import report_id
from schemas.ledger import Claimed
from schemas.names import Topic
from streams.driver import ManualClock, TopologyDriver
from streams.envelope import event_headers
from streams.memory import MemoryStore

Tool = Callable[[Claimed], CallOutcome]


def does_it(claimed: Claimed) -> CallOutcome:
    """A plugin that always succeeds."""
    return Answered({"ok": True})


class DirectCaller:
    """Calls a Python function at once."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool

    def call(self, claimed: Claimed, still_owner: StillOwner) -> "Future[CallOutcome]":
        future: Future[CallOutcome] = Future()
        if still_owner():
            future.set_result(self.tool(claimed))
        else:
            future.set_exception(NotSent())
        return future

    def close(self) -> None: ...


class Topology(TopologyDriver):
    """The chain; `settings` may be replaced between records, `tool` is the plugin, `asker`
    stands for the IAM."""

    def __init__(
        self,
        settings: Settings,
        snapshot: Snapshot,
        tool: Tool = does_it,
        asker: Asker = NO_IAM,
    ) -> None:
        clock = ManualClock()
        store = MemoryStore()
        self.settings = settings
        self.snapshot = snapshot
        self.ledger = MemoryLedger(store, clock)
        self.caller = DirectCaller(tool)
        self._runner = Runner(
            self.ledger,
            self.caller,
            lambda: ClaimSettings(self.snapshot, settings.action_system_enabled, True),
            lambda claimed: True,
            concurrency=1000,
            on_told=lambda: None,
            clock=clock,
        )
        stages = [
            hop.build(settings, lambda: self.snapshot, lambda: True, asker)
            for hop in PIPELINE.values()
        ]
        super().__init__(stages, store, clock, pumps=(Topology._accept, Topology._run_effects))

    @staticmethod
    def _accept(driver: TopologyDriver) -> bool:
        assert isinstance(driver, Topology)
        batch = driver.unread("accept", (Topic.APPROVED,))
        events = driver.events(Topic.APPROVED)
        driver.ledger.accept(
            [e for r in batch if isinstance(e := events[r.coordinates.offset], Approved)],
            driver.clock(),
        )
        driver.commit("accept", batch)
        return bool(batch)

    @staticmethod
    def _run_effects(driver: TopologyDriver) -> bool:
        assert isinstance(driver, Topology)
        busy = driver._runner.step()
        reports = driver.ledger.untold(500)
        for report in reports:
            event = decode_as(EffectReport, report.report)
            headers = event_headers(
                report_id(*report.key, report.step), "execute", event, driver.clock()
            )
            driver.write(Topic.REPORTS.value, report.report, report.tenant.encode(), tuple(headers))
        driver.ledger.told(reports)
        return busy or bool(reports)
