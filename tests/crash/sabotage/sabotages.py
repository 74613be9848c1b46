"""The product with one of its protections taken out: what a checker must be able to see.

Each is a change somebody could make in good faith. It is made from outside, in a process of its
own (`python -m tests.crash.sabotage <name> run <process>`): the product has no hook for this.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, TextClause, select, text, tuple_

import state.ledger
import streams.outcomes
import streams.transaction
from launch import wait_until
from schemas.codec import encode
from schemas.events import EffectReport
from schemas.ledger import EffectKey
from schemas.records import Outcome, Outgoing, Record
from schemas.working import K, R, Rows
from state import ledger_sql
from state.row_tables import row_table
from state.store import PostgresTransaction
from state.tables import metadata
from streams.assignment import Partition
from streams.crash_points import CrashPoint, passing
from streams.envelope import enveloped
from streams.outcomes import Emission, Result
from streams.runtime import StageRuntime
from streams.source import RecordSource
from streams.transaction import TransactionalWriter

MEETING = "SABOTAGE_MEETING"
"""Environment: a folder where two instances of `meet` wait for each other."""
MEETING_S = 1.5
"""Well below the five seconds after which the server ends an idle transaction."""


def abort_once() -> None:
    """No sabotage: a broker that aborts this process's first transaction, right before its
    commit. What is whole bears it."""
    left = 1

    def passing_or_abort(stage: str, point: CrashPoint) -> None:
        nonlocal left
        if point is CrashPoint.BEFORE_KAFKA_COMMIT and left:
            left -= 1
            raise streams.transaction._Abortable("the test aborts the first one")
        passing(stage, point)

    streams.transaction.passing = passing_or_abort  # type: ignore[attr-defined]


def skip_rewind() -> None:
    """After an aborted transaction the consumer goes on instead of back."""
    abort_once()

    def go_on(self: StageRuntime, batch: object, stopping: object) -> None: ...

    StageRuntime._rewind = go_on  # type: ignore[method-assign]


def emit_on_duplicate() -> None:
    """What was decided for an input is emitted whenever the input comes, not only again after
    a crash."""

    def always(stage: str, record: Record, outcome: Outcome) -> Emission:
        return Emission(record, Result.REDONE, enveloped(stage, outcome))

    streams.outcomes._again = always


def ignore_coordinates() -> None:
    """An input decided before is a duplicate, even where it is the same record once more."""

    def never(stage: str, record: Record, outcome: Outcome) -> Emission:
        return Emission(record, Result.DUPLICATE, ())

    streams.outcomes._again = never


def offsets_outside() -> None:
    """Offsets are committed by themselves, before the transaction that holds the outputs."""
    write = TransactionalWriter.write

    def commit_then_write(
        self: TransactionalWriter,
        outputs: Sequence[Outgoing],
        offsets: Mapping[Partition, int],
        consumer: RecordSource,
    ) -> None:
        consumer.commit(offsets)
        write(self, outputs, {}, consumer)

    TransactionalWriter.write = commit_then_write  # type: ignore[method-assign,assignment]


def meet() -> None:
    """No sabotage: the first claim that found queued effects waits a moment for another
    instance to find some too. With locks the other finds none, and the wait ends by itself."""
    claim = state.ledger._Claiming.claim
    met = False

    def claim_together(self: state.ledger._Claiming, *given: Any) -> Any:
        nonlocal met
        if not met:
            met = True
            _wait_for_two(Path(os.environ[MEETING]))
        return claim(self, *given)

    state.ledger._Claiming.claim = claim_together  # type: ignore[method-assign,assignment]


def _wait_for_two(folder: Path) -> None:
    (folder / str(os.getpid())).touch()
    with suppress(TimeoutError):
        wait_until(lambda: len(list(folder.iterdir())) >= 2, MEETING_S, "the other instance")


class _Unlocked(PostgresTransaction):
    """Reads working rows without locking them."""

    def lock(self, rows: Rows[K, R], keys: set[K]) -> dict[K, R]:
        table = row_table(rows)
        columns = metadata.tables[rows.table].c
        found = self.connection.execute(
            select(*(columns[name] for name in table.columns)).where(
                tuple_(*(columns[name] for name in rows.key)).in_(sorted(keys))
            )
        )
        read = [table.row(values) for values in found]
        rows_read = {cast(K, tuple(getattr(row, name) for name in rows.key)): row for row in read}
        # `save` compares with what was locked.
        self._locked.setdefault(rows.table, {}).update(rows_read)
        return rows_read


def claim_without_lock() -> None:
    """A claim reads what is queued, and the approvals, without locking any of it; what it tells
    is not refused when it was told before."""
    meet()
    ledger_sql.QUEUED = _without(ledger_sql.QUEUED, "FOR UPDATE SKIP LOCKED", "")
    state.ledger._tell = _tell_what_is_new
    begin = state.ledger._Claiming.__init__

    def begin_unlocked(self: state.ledger._Claiming, *given: Any) -> None:
        begin(self, *given)
        self._rows = _Unlocked(self._connection)

    state.ledger._Claiming.__init__ = begin_unlocked  # type: ignore[method-assign,assignment]


def _tell_what_is_new(
    connection: Connection, reports: Sequence[tuple[EffectKey, EffectReport]]
) -> None:
    statement = text(
        "INSERT INTO effect_reports (action_id, revision, step, tenant_id, report)"
        " VALUES (:action, :revision, :step, :tenant, :report) ON CONFLICT DO NOTHING"
    )
    for (action, revision), report in reports:
        values = {"action": action, "revision": revision, "step": report.step}
        told = {"tenant": report.action.tenant_id, "report": encode(report)}
        connection.execute(statement, {**values, **told})


def _without(statement: TextClause, part: str, instead: str) -> TextClause:
    assert part in statement.text, "the statement changed: the sabotage would do nothing"
    return text(statement.text.replace(part, instead))


SABOTAGES: Mapping[str, Callable[[], None]] = {
    "skip_rewind": skip_rewind,
    "emit_on_duplicate": emit_on_duplicate,
    "offsets_outside": offsets_outside,
    "claim_without_lock": claim_without_lock,
    "ignore_coordinates": ignore_coordinates,
}
CIRCUMSTANCES: Mapping[str, Callable[[], None]] = {
    "abort_once": abort_once,
    "meet": meet,
}
"""What a sabotage needs to show itself, and what the whole product bears."""
