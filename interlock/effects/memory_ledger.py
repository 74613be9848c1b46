"""The effects ledger in memory, for the test driver: one owner, who lives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from schemas.codec import encode
from schemas.endings import owner_lost, skipped
from schemas.events import Approved, EffectReport, Ending
from schemas.ledger import (
    ClaimCheck,
    Claimed,
    ClaimFacts,
    Defer,
    EffectKey,
    EffectState,
    Result,
    Skip,
    Untold,
)
from schemas.settings import PluginSpec
from schemas.working import APPROVALS, RESERVATIONS
from state.limits import release
from streams.driver import ManualClock
from streams.memory import MemoryStore


@dataclass(frozen=True, slots=True)
class Effect:
    action: Approved
    state: EffectState
    attempts: int
    told: int
    queued_at: datetime
    intended_at: datetime | None = None


class MemoryLedger:
    """`schemas.ledger.Ledger` on the driver's rows: one owner, who lives."""

    def __init__(self, store: MemoryStore, clock: ManualClock) -> None:
        self._store = store
        self._clock = clock
        self.effects: dict[EffectKey, Effect] = {}
        self._reports: list[Untold] = []
        self._last_id = 0

    def accept(
        self,
        actions: Sequence[Approved],
        now: datetime,
        positions: Mapping[tuple[str, int], int] = MappingProxyType({}),
    ) -> None:
        for action in actions:
            key = (action.action_id, action.revision)
            self.effects.setdefault(key, Effect(action, EffectState.QUEUED, 0, 0, now))

    def claim(self, most: int, full: Collection[str], check: ClaimCheck) -> list[Claimed]:
        now = self._clock()
        claimed: list[Claimed] = []
        queued = [k for k, e in self.effects.items() if e.state is EffectState.QUEUED][:most]
        for key in queued:
            effect = self.effects[key]
            with self._store.begin() as tx:
                approvals = tx.lock(APPROVALS, {key})
                reservations = tx.lock(RESERVATIONS, {key})
                facts = ClaimFacts(approvals[key], reservations[key], self._other(key), now)
                answer = check(effect.action, facts)
                if isinstance(answer, Defer):
                    continue
                if isinstance(answer, Skip):
                    release(tx, [(key, reservations[key])])
                    self._end(key, EffectState.SKIPPED, skipped(answer.reason, now))
                    continue
                tx.save(APPROVALS, {key: replace(approvals[key], consumed_at=now)})
            intended = replace(
                effect,
                state=EffectState.INTENDED,
                attempts=effect.attempts + 1,
                told=effect.told + 1,
                intended_at=now,
            )
            self.effects[key] = intended
            self._tell(key, None)
            claimed.append(
                Claimed(key, effect.action, answer.plugin, intended.attempts, effect.queued_at, now)
            )
        return claimed

    def _other(self, key: EffectKey) -> EffectState | None:
        ran = (
            EffectState.INTENDED,
            EffectState.DONE,
            EffectState.UNKNOWN,
            EffectState.VERIFIED,
        )
        for (action, revision), effect in self.effects.items():
            if action == key[0] and revision != key[1] and effect.state in ran:
                return effect.state
        return None

    def take_over(
        self, plugins: Mapping[str, PluginSpec], held: Collection[EffectKey]
    ) -> list[Claimed]:
        return []

    def lose_owner(self) -> None:
        """What a reconciler does for effects whose owner died and that may not be repeated."""
        for key, effect in list(self.effects.items()):
            if effect.state is EffectState.INTENDED:
                ending = owner_lost(effect.intended_at, self._clock())
                self._end(key, EffectState.UNKNOWN, ending)

    def prove(self) -> None: ...

    def requeue(self, claimed: Sequence[Claimed]) -> None:
        for item in claimed:
            self.effects[item.key] = replace(self.effects[item.key], state=EffectState.QUEUED)

    def record(self, results: Sequence[Result]) -> None:
        for result in results:
            if self.effects[result.claimed.key].state is EffectState.INTENDED:
                self._end(result.claimed.key, result.state, result.ending)

    def _end(self, key: EffectKey, state: EffectState, ending: Ending) -> None:
        effect = self.effects[key]
        self.effects[key] = replace(effect, state=state, told=effect.told + 1)
        self._tell(key, ending)

    def _tell(self, key: EffectKey, ending: Ending | None) -> None:
        effect = self.effects[key]
        report = EffectReport(
            step=effect.told, at=self._clock(), action=effect.action, ending=ending
        )
        self._last_id += 1
        self._reports.append(
            Untold(self._last_id, key, effect.told, effect.action.tenant_id, encode(report))
        )

    def untold(self, most: int) -> list[Untold]:
        return self._reports[:most]

    def told(self, reports: Sequence[Untold]) -> None:
        ids = {report.id for report in reports}
        self._reports = [report for report in self._reports if report.id not in ids]
