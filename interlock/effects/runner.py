"""Run: claim queued effects for free workers, call their plugins, record how it ended.

One thread owns the ledger session and does everything here; the calls themselves run
elsewhere. One `step` is: record what ended → take over from the dead → claim → call.

Invariants
- An effect is called only while its row is `intended` and owned by this process, and only
  if ownership was proven within the last seconds: a process that was stopped and woken
  finds its proof too old and sends nothing.
- What was certainly never sent goes back to the queue; anything else ends with what is
  known of it, or as `unknown`.
- A result is stored only on a row this owner still holds.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial

import structlog

from interlock.effects.calls import Caller, NotSent
from processors.effects import CallOutcome, ClaimSettings, Unclear, check_claim, result_of
from schemas.events import Approved
from schemas.faults import PassingFault, ProcessFault, RecordFault
from schemas.ledger import ClaimAnswer, Claimed, ClaimFacts, EffectKey, Ledger, Result
from streams.crash_points import CrashPoint, passing
from streams.health import Health
from streams.runtime import backoff

log = structlog.get_logger()

RECONCILE_EVERY_S = 1.0
IDLE_S = 0.1
"""How long the runner sleeps with nothing to do: also how it notices other instances' rows."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Runner:
    """Runs effects until told to stop; a stop lets calls under way end and be recorded."""

    def __init__(
        self,
        ledger: Ledger,
        caller: Caller,
        claim_settings: Callable[[], ClaimSettings],
        still_owner: Callable[[Claimed], bool],
        concurrency: int,
        on_told: Callable[[], None],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._ledger = ledger
        self._caller = caller
        self._claim_settings = claim_settings
        self._still_owner = still_owner
        self._concurrency = concurrency
        self._on_told = on_told
        self._clock = clock
        self._held: dict[EffectKey, Claimed] = {}
        self._ended: queue.SimpleQueue[tuple[Claimed, datetime, Future[CallOutcome]]] = (
            queue.SimpleQueue()
        )
        self._unrecorded: list[Result] = []
        self._unsent: list[Claimed] = []
        self._reconciled_at = float("-inf")
        self._wake = threading.Event()
        self._more = False
        """Whether the last look into the queue may have left something there for free workers."""

    def wake(self) -> None:
        """There may be something to do: queued rows, or an ended call."""
        self._wake.set()

    def run(self, stopping: threading.Event, health: Health) -> None:
        """Step until stopped, waiting out a database that is away.

        Raises:
            ProcessFault: the ledger cannot be used by this process any more.
        """
        waits = 0
        while not (stopping.is_set() and not self._held):
            try:
                self.step(claiming=not stopping.is_set())
                health.runs()
                waits = 0
            except PassingFault as fault:
                waits += 1
                health.waits(fault.code, fault.text)
                log.warning("waiting", stage="execute", code=fault.code, text=fault.text)
                # Not `stopping.wait`: while stopping, that would not wait at all.
                time.sleep(min(backoff(waits), 0.5))
                continue
            if not self._more:
                self._wake.wait(IDLE_S)
            self._wake.clear()

    def step(self, claiming: bool = True) -> bool:
        """One round; whether there was anything to do."""
        self._more = False
        busy = self._record_ended()
        self._reconcile(claiming)
        if not claiming:
            return busy
        free = self._concurrency - len(self._held)
        if free > 0:
            looked_at: list[EffectKey] = []
            claimed = self._ledger.claim(free, self._full(), self._check(looked_at))
            # All that was asked for was there, and not all of it may run.
            self._more = len(looked_at) == free > len(claimed)
            if claimed:
                passing("execute", CrashPoint.AFTER_INTENT)
                # No hurry to tell: a quick call's end is published together with its beginning,
                # a slow one's beginning when the reporter next looks.
                self._start(claimed)
                busy = True
        return busy

    def _reconcile(self, claiming: bool) -> None:
        """Every second: take over from the dead, and be known to live.

        A process that is stopping takes nothing over, but must not look dead either: its
        session would be ended for idleness, and the calls it waits for made again.
        """
        now = time.monotonic()
        if now - self._reconciled_at < RECONCILE_EVERY_S:
            return
        if claiming:
            plugins = self._claim_settings().settings.plugins
            self._start(self._ledger.take_over(plugins, list(self._held)))
        else:
            self._ledger.prove()
        self._reconciled_at = now

    def _check(self, looked_at: list[EffectKey]) -> Callable[[Approved, ClaimFacts], ClaimAnswer]:
        """Asked for each action after its rows are locked: waiting for a lock ages a proof."""

        def check(action: Approved, facts: ClaimFacts) -> ClaimAnswer:
            looked_at.append((action.action_id, action.revision))
            return check_claim(action, facts, self._claim_settings())

        return check

    def _full(self) -> list[str]:
        """Plugins whose bulkhead has no free place."""
        under_way = Counter(claimed.plugin.tool for claimed in self._held.values())
        return [
            claimed.plugin.tool
            for claimed in self._held.values()
            if under_way[claimed.plugin.tool] >= claimed.plugin.bulkhead
        ]

    def _start(self, claimed: list[Claimed]) -> None:
        for item in claimed:
            self._held[item.key] = item
            started = self._clock()
            future = self._caller.call(item, partial(self._still_owner, item))
            future.add_done_callback(partial(self._on_ended, item, started))

    def _on_ended(self, claimed: Claimed, started: datetime, future: "Future[CallOutcome]") -> None:
        self._ended.put((claimed, started, future))
        self._wake.set()

    def _record_ended(self) -> bool:
        self._gather_ended()
        if not (self._unrecorded or self._unsent):
            return False
        passing("execute", CrashPoint.AFTER_CALL)
        if self._unsent:
            self._ledger.requeue(self._unsent)
            self._forget(self._unsent)
            self._unsent = []
        if self._unrecorded:
            self._record(self._unrecorded)
            self._forget([result.claimed for result in self._unrecorded])
            self._unrecorded = []
            passing("execute", CrashPoint.AFTER_RESULT)
            self._on_told()
        return True

    def _record(self, results: list[Result]) -> None:
        """Store results; one the database refuses ends as what is certain: it was called."""
        try:
            self._ledger.record(results)
        except RecordFault as fault:
            if len(results) > 1:
                for result in results:
                    self._record([result])
                return
            claimed = results[0].claimed
            log.error("result_refused", action=claimed.key[0], code=fault.code, text=fault.text)
            outcome = Unclear("result_not_storable", "the plugin's answer cannot be stored")
            now = self._clock()
            try:
                self._ledger.record([result_of(claimed, outcome, now, now)])
            except RecordFault as again:
                raise ProcessFault("ledger_refuses", again.text) from again

    def _gather_ended(self) -> None:
        while True:
            try:
                claimed, started, future = self._ended.get_nowait()
            except queue.Empty:
                return
            error = future.exception()
            if isinstance(error, NotSent):
                if claimed.attempts > 1:
                    # An earlier attempt may have worked: it stays intended, and reconciling
                    # finds it again.
                    self._forget([claimed])
                else:
                    self._unsent.append(claimed)
                continue
            if error is not None:
                log.error("call_failed", action=claimed.key[0], error=repr(error))
                outcome: CallOutcome = Unclear("call_failed", type(error).__name__)
            else:
                outcome = future.result()
            self._unrecorded.append(result_of(claimed, outcome, started, self._clock()))

    def _forget(self, claimed: list[Claimed]) -> None:
        for item in claimed:
            self._held.pop(item.key, None)
