"""The effects ledger's values: what is queued, what was intended, and how it ended."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from schemas.events import Approved, Ending, Reason
from schemas.names import ActionId, TenantId
from schemas.settings import PluginSpec
from schemas.working import ApprovalRow, ReservationRow


class EffectState(StrEnum):
    QUEUED = "queued"
    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    VERIFIED = "verified"
    COMPENSATED = "compensated"


EffectKey = tuple[ActionId, int]
"""(action_id, revision)."""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What the database knows, locked, at the moment of a claim."""

    approval: ApprovalRow | None
    reservation: ReservationRow | None
    other: EffectState | None
    """The state of another revision of the action that ran, or may have."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Go:
    """The effect is intended from now on: the plugin is called."""

    plugin: PluginSpec


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now: it stays queued and is looked at again later."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Skip:
    """Never: it ends without having been called."""

    reason: Reason


ClaimAnswer = Go | Defer | Skip
ClaimCheck = Callable[[Approved, ClaimFacts], ClaimAnswer]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An intended effect in the hands of this owner."""

    key: EffectKey
    action: Approved
    plugin: PluginSpec
    attempts: int
    queued_at: datetime
    intended_at: datetime
    session: int = 0
    """The owner's session it was claimed on; on a later one it may be somebody else's."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a claimed effect ended, in the ledger's terms and in the event's."""

    claimed: Claimed
    state: EffectState
    ending: Ending


@dataclass(frozen=True, slots=True)
class Untold:
    """A report not yet acknowledged by the broker."""

    id: int
    key: EffectKey
    step: int
    tenant: TenantId
    report: bytes


class Ledger(Protocol):
    """What execute asks of the ledger; each method is one transaction.

    Raises, from every method:
        PassingFault: the database is away or busy; nothing happened.
        ProcessFault: the owner's session is lost for good.
    """

    def accept(
        self,
        actions: Sequence[Approved],
        now: datetime,
        positions: Mapping[tuple[str, int], int] = MappingProxyType({}),
    ) -> None:
        """Queue approved revisions; those already known are left as they are. `positions`: per
        (topic, partition) the offset below which everything is queued now."""
        ...

    def claim(self, most: int, full: Collection[str], check: ClaimCheck) -> list[Claimed]:
        """Take queued effects for free workers; `full` names plugins with no free place.

        Deferred ones stay queued, skipped ones end; only those to be called are returned.
        """
        ...

    def take_over(
        self, plugins: Mapping[str, PluginSpec], held: Collection[EffectKey]
    ) -> list[Claimed]:
        """Intended effects of owners that died: those that may be called again with the same
        key are taken over and returned, the others become `unknown`. Own ones that are not
        among `held` go back to the queue if nothing was ever sent, and are returned again if an
        earlier attempt was."""
        ...

    def prove(self) -> None:
        """Ask for nothing but a proof that this owner lives: for a process that still has
        effects under way and claims no more."""
        ...

    def requeue(self, claimed: Sequence[Claimed]) -> None:
        """Give back what was certainly never sent: first attempts only."""
        ...

    def record(self, results: Sequence[Result]) -> None:
        """Store endings of effects this owner still holds; others' are left alone."""
        ...

    def untold(self, most: int) -> list[Untold]:
        """What was not published yet, oldest first."""
        ...

    def told(self, reports: Sequence[Untold]) -> None:
        """These are published: forget them."""
        ...
