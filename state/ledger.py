"""The effects ledger in PostgreSQL: `schemas.ledger.Ledger`, each method one transaction.

Accepting, claiming and telling use sessions of their own, so that a broker that is away
never lets the claiming session, and with it the owner's lock, run idle.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine

from schemas.codec import encode
from schemas.endings import owner_lost, skipped
from schemas.events import Approved, EffectReport, Ending
from schemas.faults import PassingFault, RecordFault
from schemas.identity import idempotency_key
from schemas.ledger import (
    ClaimAnswer,
    ClaimCheck,
    Claimed,
    ClaimFacts,
    EffectKey,
    EffectState,
    Go,
    Result,
    Skip,
    Untold,
)
from schemas.names import ActionId
from schemas.settings import PluginSpec
from schemas.stored import read_stored
from schemas.working import APPROVALS, RESERVATIONS, ApprovalRow, ReservationRow
from state import ledger_sql as sql
from state.copying import copy_in
from state.engine import faults, text_refused
from state.limits import release
from state.ownership import Owner
from state.store import PostgresTransaction, moved

ACCEPT = "accept"
"""Under which name accept stores its positions."""
DEAD_AFTER_S = 3.0
"""How long an owner's lock must have been free before its effects are taken over."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class PostgresLedger:
    """One owner's view of the ledger. `claim`, `take_over`, `requeue` and `record` are called
    by one thread, on the owner's session; the others may be called by any. They are one statement
    each: `engine` may well commit by itself."""

    def __init__(self, engine: Engine, owner: Owner, dead_after_s: float = DEAD_AFTER_S) -> None:
        self._engine = engine
        self._owner = owner
        self._dead_after_s = dead_after_s
        self._found_dead: dict[int, float] = {}

    def accept(
        self,
        actions: Sequence[Approved],
        now: datetime,
        positions: Mapping[tuple[str, int], int] = MappingProxyType({}),
    ) -> None:
        parameters = {
            **_keys([_key(action) for action in actions]),
            **moved(ACCEPT, positions),
            "tenants": [action.tenant_id for action in actions],
            "tools": [action.tool for action in actions],
            "events": [encode(action) for action in actions],
            "starts": [action.not_before for action in actions],
            "now": now,
        }
        with faults(), text_refused(), self._engine.begin() as connection:
            connection.execute(sql.ACCEPT, parameters)

    def claim(self, most: int, full: Collection[str], check: ClaimCheck) -> list[Claimed]:
        try:
            return self._claim(most, full, check)
        except RecordFault as fault:
            if sql.ONE_THAT_RAN not in fault.text:
                raise
            # Another owner intends another revision of the same action; the next look sees it.
            raise PassingFault("claim_race", fault.text) from fault

    def _claim(self, most: int, full: Collection[str], check: ClaimCheck) -> list[Claimed]:
        with self._owner.transaction() as connection:
            queued = connection.execute(sql.QUEUED, {"most": most, "full": list(full)}).all()
            if not queued:
                return []
            now = utc_now()
            rows = [
                _Queued(
                    (row.action_id, row.revision),
                    read_stored(Approved, bytes(row.action)),
                    row.attempts,
                    row.told,
                    row.queued_at,
                )
                for row in queued
            ]
            claiming = _Claiming(connection, self._owner.id, self._owner.session, now)
            return claiming.claim(rows, check)

    def take_over(
        self, plugins: Mapping[str, PluginSpec], held: Collection[EffectKey]
    ) -> list[Claimed]:
        taken: list[Claimed] = []
        with self._owner.transaction() as connection:
            owners = connection.execute(sql.OWNERS).scalars().all()
            for owner in owners:
                if owner == self._owner.id:
                    taken += self._own_unsent(connection, held, plugins)
                elif self._is_dead(connection, owner):
                    taken += self._inherit(connection, owner, plugins)
        self._found_dead = {o: at for o, at in self._found_dead.items() if o in owners}
        return taken

    def _is_dead(self, connection: Connection, owner: int) -> bool:
        """Whether the owner's lock was free at two looks some seconds apart: when the database
        restarts, all owners lose their sessions, and those that live come back."""
        if not connection.execute(sql.IS_DEAD, {"owner": owner}).scalar_one():
            self._found_dead.pop(owner, None)
            return False
        now = time.monotonic()
        return now - self._found_dead.setdefault(owner, now) >= self._dead_after_s

    def _own_unsent(
        self,
        connection: Connection,
        held: Collection[EffectKey],
        plugins: Mapping[str, PluginSpec],
    ) -> list[Claimed]:
        """Ours and intended, but not in hand: its commit was not heard of, or it was not sent.

        At a first attempt nothing was sent, and it goes back to the queue. At a later one an
        earlier attempt may have worked: it stays intended and is called again, or ends unknown
        where the plugin is not what it was.
        """
        now = utc_now()
        again: list[Claimed] = []
        unsent: list[EffectKey] = []
        lost: list[tuple[EffectKey, Approved, EffectState, Ending]] = []
        for row in connection.execute(sql.OWNED, {"owner": self._owner.id}):
            key: EffectKey = (row.action_id, row.revision)
            if key in held:
                continue
            action = read_stored(Approved, bytes(row.action))
            plugin = plugins.get(action.tool)
            if row.attempts <= 1:
                unsent.append(key)
            elif plugin is not None and _is_same(plugin, action):
                again.append(self._claimed(row, key, action, plugin, row.attempts))
            else:
                lost.append((key, action, EffectState.UNKNOWN, owner_lost(row.intended_at, now)))
        _requeue(connection, self._owner.id, unsent)
        _end(connection, lost, before=EffectState.INTENDED, owner=self._owner.id, now=now)
        return again

    def _claimed(
        self, row: Any, key: EffectKey, action: Approved, plugin: PluginSpec, attempts: int
    ) -> Claimed:
        return Claimed(
            key, action, plugin, attempts, row.queued_at, row.intended_at, self._owner.session
        )

    def _inherit(
        self, connection: Connection, owner: int, plugins: Mapping[str, PluginSpec]
    ) -> list[Claimed]:
        now = utc_now()
        again: list[Claimed] = []
        lost: list[tuple[EffectKey, Approved, EffectState, Ending]] = []
        for row in connection.execute(sql.OWNED, {"owner": owner}):
            key: EffectKey = (row.action_id, row.revision)
            action = read_stored(Approved, bytes(row.action))
            plugin = plugins.get(action.tool)
            if _may_repeat(plugin, action, row.attempts) and plugin is not None:
                again.append(self._claimed(row, key, action, plugin, row.attempts + 1))
            else:
                lost.append((key, action, EffectState.UNKNOWN, owner_lost(row.intended_at, now)))
        if again:
            connection.execute(
                sql.ADOPT, {**_exactly([c.key for c in again]), "owner": self._owner.id}
            )
        _end(connection, lost, before=EffectState.INTENDED, owner=owner, now=now)
        return again

    def prove(self) -> None:
        with self._owner.transaction() as connection:
            connection.execute(sql.ASK)

    def requeue(self, claimed: Sequence[Claimed]) -> None:
        if not claimed:
            return
        with self._owner.transaction() as connection:
            _requeue(connection, self._owner.id, [item.key for item in claimed])

    def record(self, results: Sequence[Result]) -> None:
        if not results:
            return
        with self._owner.transaction() as connection:
            _end(
                connection,
                [(r.claimed.key, r.claimed.action, r.state, r.ending) for r in results],
                before=EffectState.INTENDED,
                owner=self._owner.id,
                now=utc_now(),
            )

    def untold(self, most: int) -> list[Untold]:
        with faults(), self._engine.begin() as connection:
            return [
                Untold(
                    row.id,
                    (row.action_id, row.revision),
                    row.step,
                    row.tenant_id,
                    bytes(row.report),
                )
                for row in connection.execute(sql.UNTOLD, {"most": most})
            ]

    def told(self, reports: Sequence[Untold]) -> None:
        with faults(), self._engine.begin() as connection:
            connection.execute(sql.TOLD, {"ids": [report.id for report in reports]})


@dataclass(frozen=True, slots=True)
class _Queued:
    key: EffectKey
    action: Approved
    attempts: int
    told: int
    queued_at: datetime


class _Claiming:
    """The statements of one claim, in its transaction."""

    def __init__(self, connection: Connection, owner: int, session: int, now: datetime) -> None:
        self._connection = connection
        self._owner = owner
        self._session = session
        self._now = now
        self._rows = PostgresTransaction(connection)

    def claim(self, queued: Sequence[_Queued], check: ClaimCheck) -> list[Claimed]:
        keys = {item.key for item in queued}
        approvals = self._rows.lock(APPROVALS, keys)
        reservations = self._rows.lock(RESERVATIONS, keys)
        others = self._others(keys)
        answers: list[tuple[_Queued, ClaimAnswer]] = []
        for item in queued:
            facts = ClaimFacts(
                approvals.get(item.key), reservations.get(item.key), others.get(item.key), self._now
            )
            answers.append((item, check(item.action, facts)))
        going = _one_of_each([(i, a) for i, a in answers if isinstance(a, Go)])
        gone = {item.key for item, _ in going}
        self._defer([i for i, a in answers if not isinstance(a, Skip) and i.key not in gone])
        self._skip([(i, a) for i, a in answers if isinstance(a, Skip)], reservations)
        return self._intend(going, approvals)

    def _others(self, keys: set[EffectKey]) -> dict[EffectKey, EffectState]:
        """For each revision, the state of another one of its action that ran or may have."""
        ran = self._connection.execute(sql.OTHERS, {"actions": sorted({a for a, _ in keys})}).all()
        found: dict[EffectKey, EffectState] = {}
        for action, revision in keys:
            for row in ran:
                if row.action_id == action and row.revision != revision:
                    found[action, revision] = EffectState(row.state)
        return found

    def _defer(self, items: Sequence[_Queued]) -> None:
        if items:
            self._connection.execute(sql.DEFER, _exactly([item.key for item in items]))

    def _skip(
        self,
        items: Sequence[tuple[_Queued, Skip]],
        reservations: Mapping[EffectKey, ReservationRow],
    ) -> None:
        ended = [
            (item.key, item.action, EffectState.SKIPPED, skipped(answer.reason, self._now))
            for item, answer in items
        ]
        _end(self._connection, ended, before=EffectState.QUEUED, owner=None, now=self._now)
        release(self._rows, [(item.key, reservations[item.key]) for item, _ in items])

    def _intend(
        self,
        items: Sequence[tuple[_Queued, Go]],
        approvals: Mapping[EffectKey, ApprovalRow],
    ) -> list[Claimed]:
        if not items:
            return []
        keys = [item.key for item, _ in items]
        self._rows.save(
            APPROVALS, {key: replace(approvals[key], consumed_at=self._now) for key in keys}
        )
        self._connection.execute(
            sql.INTEND, {**_exactly(keys), "owner": self._owner, "now": self._now}
        )
        _tell(
            self._connection,
            [
                (i.key, EffectReport(step=i.told + 1, at=self._now, action=i.action))
                for i, _ in items
            ],
        )
        return [
            Claimed(
                i.key, i.action, go.plugin, i.attempts + 1, i.queued_at, self._now, self._session
            )
            for i, go in items
        ]


def _one_of_each(going: Sequence[tuple[_Queued, Go]]) -> list[tuple[_Queued, Go]]:
    """Of two revisions of one action the first goes; the other waits for how that ends."""
    first: dict[ActionId, tuple[_Queued, Go]] = {}
    for item, answer in going:
        first.setdefault(item.key[0], (item, answer))
    return list(first.values())


def _is_same(plugin: PluginSpec, action: Approved) -> bool:
    """The plugin promises one effect a key, and is the version that was approved."""
    return plugin.idempotent and plugin.version == action.tool_version


def _may_repeat(plugin: PluginSpec | None, action: Approved, attempts: int) -> bool:
    """Only a plugin that promises one effect a key is called again, the same version of it."""
    if plugin is None or not _is_same(plugin, action):
        return False
    return attempts < plugin.within(action.strategy).max_attempts


def _end(
    connection: Connection,
    endings: Sequence[tuple[EffectKey, Approved, EffectState, Ending]],
    *,
    before: EffectState,
    owner: int | None,
    now: datetime,
) -> None:
    """End effects that still are as they were claimed, and insert what is to be told."""
    if not endings:
        return
    groups: dict[tuple[EffectState, str | None], list[EffectKey]] = defaultdict(list)
    for key, _, state, ending in endings:
        failure = ending.failure_reason
        groups[state, None if failure is None else failure.code].append(key)
    steps: dict[EffectKey, int] = {}
    for (state, code), keys in groups.items():
        changed = connection.execute(
            sql.END,
            {
                **_exactly(keys),
                "state": state.value,
                "failure": code,
                "before": before.value,
                "owner": owner,
                "now": now,
            },
        )
        steps |= {(row.action_id, row.revision): row.told for row in changed}
    _tell(
        connection,
        [
            (key, EffectReport(step=steps[key], at=now, action=action, ending=ending))
            for key, action, _, ending in endings
            if key in steps
        ],
    )


def _requeue(connection: Connection, owner: int, keys: Sequence[EffectKey]) -> None:
    """Back to the queue with a fresh approval: the single use was not used."""
    if not keys:
        return
    rows = PostgresTransaction(connection)
    returned = connection.execute(sql.REQUEUE, {**_exactly(keys), "owner": owner})
    back: set[EffectKey] = {(row.action_id, row.revision) for row in returned}
    approvals = rows.lock(APPROVALS, back)
    rows.save(APPROVALS, {key: replace(row, consumed_at=None) for key, row in approvals.items()})


def _tell(connection: Connection, reports: Sequence[tuple[EffectKey, EffectReport]]) -> None:
    if not reports:
        return
    columns = ("action_id", "revision", "step", "tenant_id", "report")
    rows = ((*key, report.step, report.action.tenant_id, encode(report)) for key, report in reports)
    copy_in(connection, "effect_reports", columns, rows)


def _key(action: Approved) -> EffectKey:
    return action.action_id, action.revision


def _keys(keys: Sequence[EffectKey]) -> dict[str, list[object]]:
    return {"actions": [a for a, _ in keys], "revisions": [r for _, r in keys]}


def _exactly(keys: Sequence[EffectKey]) -> dict[str, list[str]]:
    return {"actions": [a for a, _ in keys], "keys": [idempotency_key(a, r) for a, r in keys]}
