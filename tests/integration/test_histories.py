"""Histories on a real PostgreSQL: what settle writes and assess reads."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine

from interlock.stages import SettleStage
from processors.history import after, key_of
from schemas.codec import decode, encode
from schemas.events import CallMetrics, EffectReport, Ending, Executed
from schemas.faults import PassingFault
from schemas.identity import report_id
from schemas.names import ExecutionStatus, TenantId, Topic, Verdict
from schemas.records import Coordinates, Record
from schemas.working import HISTORIES, HistoryKey, HistoryRow
from state.store import PostgresStore
from streams.outcomes import Result, decide_batch
from tests.stories import Story

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEY: HistoryKey = (TenantId("t"), "create_task")
OTHER: HistoryKey = (TenantId("t"), "otro 'tipo' {1}")
ROW = HistoryRow(
    *KEY,
    succeeded=3,
    last_succeeded_at=NOW,
    failed_at=(NOW - timedelta(days=400, microseconds=1), NOW),
    durations_ms=(0, 10_800_000_000),
)


def test_a_row_comes_back_as_it_was_saved(engine: Engine) -> None:
    store = PostgresStore(engine)
    with store.begin() as tx:
        blank = tx.lock(HISTORIES, {KEY, OTHER})
        assert blank == {KEY: HistoryRow(*KEY), OTHER: HistoryRow(*OTHER)}
        tx.save(HISTORIES, {KEY: ROW, OTHER: HistoryRow(*OTHER)})
    with store.begin() as tx:
        assert tx.lock(HISTORIES, {KEY, OTHER}) == {KEY: ROW, OTHER: HistoryRow(*OTHER)}
        tx.save(HISTORIES, {OTHER: HistoryRow(*OTHER, failed_at=(NOW,), durations_ms=(5,))})
    with store.begin() as tx:
        found = tx.read(HISTORIES, {KEY, OTHER})
        assert found[KEY] == ROW
        assert found[OTHER].failed_at == (NOW,)


def test_reading_an_unknown_key_gives_a_blank_row_and_makes_none(engine: Engine) -> None:
    store = PostgresStore(engine)
    with store.begin() as tx:
        assert tx.read(HISTORIES, {KEY}) == {KEY: HistoryRow(*KEY)}
        assert tx.read(HISTORIES, set()) == {}
    # A row that reading had made would be in the way of this one.
    with store.begin() as tx:
        tx.save(HISTORIES, {KEY: ROW})


def test_who_reads_waits_for_nobody_and_sees_only_what_was_committed(engine: Engine) -> None:
    store = PostgresStore(engine)
    first = HistoryRow(*KEY, succeeded=1)
    seen: list[HistoryRow] = []

    def read() -> None:
        with store.begin() as tx:
            seen.append(tx.read(HISTORIES, {KEY})[KEY])

    def in_its_own_time() -> None:
        reader = Thread(target=read)
        reader.start()
        reader.join(10)
        assert not reader.is_alive()

    with store.begin() as tx:
        tx.lock(HISTORIES, {KEY})
        tx.save(HISTORIES, {KEY: first})
        in_its_own_time()
    with store.begin() as tx:
        tx.lock(HISTORIES, {KEY})
        tx.save(HISTORIES, {KEY: HistoryRow(*KEY, succeeded=2)})
        in_its_own_time()
    assert seen == [HistoryRow(*KEY), first]


def test_of_two_that_write_a_first_row_the_second_looks_again(engine: Engine) -> None:
    store = PostgresStore(engine)

    def both_at_once() -> None:
        with store.begin() as one:
            one.lock(HISTORIES, {KEY})
            with store.begin() as other:
                other.lock(HISTORIES, {KEY})
                other.save(HISTORIES, {KEY: HistoryRow(*KEY, succeeded=1)})
            one.save(HISTORIES, {KEY: HistoryRow(*KEY, succeeded=1)})

    with pytest.raises(PassingFault, match="row_race"):
        both_at_once()
    with store.begin() as tx:
        assert tx.read(HISTORIES, {KEY})[KEY].succeeded == 1


def reported(number: int, status: ExecutionStatus, tenant: str) -> Record:
    """How one execution ended, as the ledger tells it."""
    story = Story(tenant=TenantId(tenant), origin=f"response-{number}")
    assessed = story.assessed(story.drafted(), Verdict.AUTO_APPROVE)
    report = EffectReport(
        step=2,
        at=NOW,
        action=story.approved(assessed, []),
        ending=Ending(
            status=status,
            finished_at=NOW + timedelta(minutes=number),
            metrics=CallMetrics(queued_ms=1, call_ms=number, total_ms=number),
        ),
    )
    identity = report_id(report.action.action_id, 1, 2)
    at = Coordinates(Topic.REPORTS.value, 0, number)
    return Record(at, tenant.encode(), encode(report), (("ce_id", identity.encode()),), 0)


def test_settle_keeps_what_its_own_outputs_say_each_once(engine: Engine) -> None:
    store, stage = PostgresStore(engine), SettleStage()
    statuses = list(ExecutionStatus)
    reports = [reported(n, statuses[n % 4], "ab"[n % 2]) for n in range(20)]
    again = [
        r._replace(coordinates=r.coordinates._replace(offset=n + 20)) for n, r in enumerate(reports)
    ]
    emissions = [
        emission
        for batch in (reports[:7], reports[7:], reports[5:9], again)
        for emission in decide_batch(store, stage, batch, NOW)
    ]
    results = [emission.result for emission in emissions]
    assert results == [Result.DECIDED] * 20 + [Result.REDONE] * 4 + [Result.DUPLICATE] * 20
    rows: dict[HistoryKey, HistoryRow] = {}
    for output in (output for emission in emissions[:20] for output in emission.outputs):
        event = decode(Topic.EXECUTED, output.value)
        assert isinstance(event, Executed)
        key = key_of(event)
        rows[key] = after(rows.get(key) or HistoryRow(*key), event)
    assert sum(row.succeeded for row in rows.values()) == 5
    with store.begin() as tx:
        assert tx.read(HISTORIES, set(rows)) == rows
