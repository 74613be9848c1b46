"""Working rows: what stages keep in PostgreSQL between records, as plain values.

A row is looked up and locked by its key, replaced by the stage, and saved in the same
transaction as the outcomes that rest on it. `state/` knows the columns; the in-memory
store of the test driver keeps the same values in dictionaries.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

from schemas.names import ActionId, ParamsHash, TenantId

K = TypeVar("K", bound=tuple[object, ...])
R = TypeVar("R")


@dataclass(frozen=True)
class Rows(Generic[K, R]):
    """A kind of working row: the table's name, the key's columns and a row's fields.

    A key nobody has written yet is locked as a blank row. With `placeholders` the blank is
    inserted at once, and whoever else locks it waits. Without, nobody waits; of two that save
    it the second is told to look again (PassingFault). That is cheaper, and enough where every
    key that mattered is saved.
    """

    table: str
    key: tuple[str, ...]
    row: type[R]
    placeholders: bool = False


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """The content first seen under a response id: other content under it is refused."""

    tenant_id: TenantId
    response_id: str
    content_hash: str | None = None


RESPONSES: Rows[tuple[TenantId, str], ResponseRow] = Rows(
    "responses", ("tenant_id", "response_id"), ResponseRow
)


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """An invalid proposal, by its content: when it was last seen, and how often in a row."""

    tenant_id: TenantId
    proposal_hash: str
    seen_at: datetime | None = None
    repeats: int = 0
    """How often it came again within the window of the time before."""


REFUSED: Rows[tuple[TenantId, str], RefusedRow] = Rows(
    "refused_proposals", ("tenant_id", "proposal_hash"), RefusedRow
)


class Window(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


LimitKey = tuple[TenantId, str, datetime]


@dataclass(frozen=True, slots=True)
class LimitRow:
    """How much of one fixed window is taken. `scope` is `tenant:hour`, `type:create_task:day`, …

    Actions and recipients are counted in ones, money and stock in thousandths.
    """

    tenant_id: TenantId
    scope: str
    window_start: datetime
    used: int = 0


LIMITS: Rows[LimitKey, LimitRow] = Rows("limits", ("tenant_id", "scope", "window_start"), LimitRow)

RevisionKey = tuple[ActionId, int]


class ReservationState(StrEnum):
    NONE = "none"
    RESERVED = "reserved"
    OVERRIDE = "override"
    """Over the limit, run on a person's word: takes nothing from the window."""
    RELEASED = "released"


class Taken(NamedTuple):
    """How much one action takes of one window of its tenant."""

    scope: str
    start: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """One action's share of the limits; a claim without one is refused."""

    action_id: ActionId
    revision: int
    tenant_id: TenantId | None = None
    state: ReservationState = ReservationState.NONE
    windows: tuple[Taken, ...] = ()
    """What is given back if it ends without being claimed: exactly what was taken."""


RESERVATIONS: Rows[RevisionKey, ReservationRow] = Rows(
    "reservations", ("action_id", "revision"), ReservationRow
)


class Gate(StrEnum):
    """Where one revision stands at the approval gate."""

    UNSEEN = "unseen"
    """A decision came before its action: the row is a placeholder with an inbox."""
    PENDING = "pending"
    APPROVED = "approved"
    AUTO_APPROVED = "auto_approved"
    REJECTED = "rejected"
    DENIED = "denied"
    HALTED = "halted"
    MANUAL = "manual"
    NEEDS_INFORMATION = "needs_information"
    SUPERSEDED = "superseded"
    """A later revision stands in its place."""
    CLOSED = "closed"
    """Its execution has ended; `ended` says how."""


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """The gate's row for one revision. `assessed` and `inbox` hold encoded events."""

    action_id: ActionId
    revision: int
    tenant_id: TenantId | None = None
    gate: Gate = Gate.UNSEEN
    step: int = 0
    params_hash: ParamsHash | None = None
    assessed: bytes | None = None
    inbox: tuple[bytes, ...] = ()
    valid_until: datetime | None = None
    consumed_at: datetime | None = None
    ended: str | None = None


APPROVALS: Rows[RevisionKey, ApprovalRow] = Rows(
    "approvals", ("action_id", "revision"), ApprovalRow
)


HistoryKey = tuple[TenantId, str]


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """How a tenant's executions of one action type ended (`processors.history`)."""

    tenant_id: TenantId
    action_type: str
    succeeded: int = 0
    last_succeeded_at: datetime | None = None
    failed_at: tuple[datetime, ...] = ()
    """The newest failures, oldest first."""
    durations_ms: tuple[int, ...] = ()
    """Of the last successes' calls, oldest first."""


HISTORIES: Rows[HistoryKey, HistoryRow] = Rows(
    "histories", ("tenant_id", "action_type"), HistoryRow
)


class WorkingRows(Protocol):
    """The working rows within one database transaction."""

    def lock(self, rows: Rows[K, R], keys: "set[K]") -> "dict[K, R]":
        """Lock the rows of `keys` in key order, inserting placeholders, and return them all.

        Raises:
            PassingFault: the database is away or a lock was not had in time.
        """
        ...

    def read(self, rows: Rows[K, R], keys: "set[K]") -> "dict[K, R]":
        """The rows of `keys` as they were last committed, blank where there are none.

        Nobody waits and nobody is waited for: what is read may be older than what is committed
        by the end of this transaction, so it is never saved.

        Raises:
            PassingFault: the database is away.
        """
        ...

    def save(self, rows: Rows[K, R], changed: "dict[K, R]") -> None:
        """Write rows locked before in the same transaction."""
        ...
