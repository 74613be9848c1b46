"""The tables by plain SQL, as an operator would look at them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from tests.crash.independent.events import Key
from tests.crash.independent.log import Partition


@dataclass(frozen=True, slots=True)
class Effect:
    """A row of the ledger."""

    action: str
    revision: int
    tenant: str | None
    tool: str
    state: str

    @property
    def key(self) -> Key:
        return self.action, self.revision


@dataclass(frozen=True, slots=True)
class Gate:
    """A row of `approvals`."""

    action: str
    revision: int
    tenant: str | None
    gate: str
    params_hash: str | None
    consumed_at: datetime | None

    @property
    def key(self) -> Key:
        return self.action, self.revision


@dataclass(frozen=True, slots=True)
class Limit:
    tenant: str | None
    scope: str
    start: datetime
    used: int


@dataclass(frozen=True, slots=True)
class Execution:
    """A row of the read model `action_executions`."""

    action: str
    tenant: str | None
    revision: int
    sequence: int
    state: str
    execution_status: str
    approval_status: str
    tool: str | None
    params: Mapping[str, Any] | None
    params_hash: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A row of the read model `action_approvals`."""

    action: str
    revision: int
    tenant: str | None
    status: str
    requested: bool
    params_hash: str | None

    @property
    def key(self) -> Key:
        return self.action, self.revision


@dataclass(frozen=True, slots=True)
class LoggedEffect:
    """A row of the built-in plugin host's effect log."""

    idempotency_key: str
    tool: str
    tenant: str | None


class _OfTenant(Protocol):
    @property
    def tenant(self) -> str | None: ...


R = TypeVar("R", bound=_OfTenant)


@dataclass(frozen=True)
class Database:
    effects: tuple[Effect, ...] = ()
    gates: tuple[Gate, ...] = ()
    limits: tuple[Limit, ...] = ()
    executions: tuple[Execution, ...] = ()
    asked: tuple[Asked, ...] = ()
    effect_log: tuple[LoggedEffect, ...] = ()
    untold_reports: int = 0
    positions: Mapping[tuple[str, Partition], int] = field(default_factory=dict)

    def of_tenants(self, tenants: Iterable[str] | None) -> "Database":
        if tenants is None:
            return self
        kept = frozenset(tenants)
        return replace(
            self,
            effects=_of(self.effects, kept),
            gates=_of(self.gates, kept),
            limits=_of(self.limits, kept),
            executions=_of(self.executions, kept),
            asked=_of(self.asked, kept),
            effect_log=_of(self.effect_log, kept),
        )


def _of(rows: tuple[R, ...], tenants: frozenset[str]) -> tuple[R, ...]:
    return tuple(row for row in rows if row.tenant in tenants)


_EFFECTS = "SELECT action_id::text, revision, tenant_id, tool, state FROM effects"
_GATES = (
    "SELECT action_id::text, revision, tenant_id, gate, params_hash, consumed_at FROM approvals"
)
_LIMITS = "SELECT tenant_id, scope, window_start, used FROM limits"
_EXECUTIONS = """SELECT id::text, tenant_id, revision, sequence, state, execution_status,
    approval_status, tool, action_params, params_hash FROM action_executions"""
_ASKED = """SELECT execution_id::text, revision, tenant_id, status, requested, params_hash
    FROM action_approvals"""
_UNTOLD = "SELECT count(*) FROM effect_reports"
_POSITIONS = "SELECT consumer, topic, partition, next_offset FROM positions"
_HAS_HOST = "SELECT to_regclass('plugin_host.effect_log') IS NOT NULL"
_EFFECT_LOG = "SELECT key, tool, tenant_id FROM plugin_host.effect_log"


def read_database(url: str) -> Database:
    """All of it in one snapshot: what moves meanwhile is not seen half."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        has_host = connection.execute(text(_HAS_HOST)).scalar_one()
        return Database(
            tuple(Effect(*row) for row in _rows(connection, _EFFECTS)),
            tuple(Gate(*row) for row in _rows(connection, _GATES)),
            tuple(Limit(*row) for row in _rows(connection, _LIMITS)),
            tuple(Execution(*row) for row in _rows(connection, _EXECUTIONS)),
            tuple(Asked(*row) for row in _rows(connection, _ASKED)),
            tuple(LoggedEffect(*row) for row in _rows(connection, _EFFECT_LOG)) if has_host else (),
            int(connection.execute(text(_UNTOLD)).scalar_one()),
            {(c, (t, p)): o for c, t, p, o in _rows(connection, _POSITIONS)},
        )


def _rows(connection: Connection, statement: str) -> Iterable[Any]:
    return connection.execute(text(statement)).all()
