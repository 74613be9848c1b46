"""Histories on a real PostgreSQL: what settle writes and assess reads."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine

from schemas.faults import PassingFault
from schemas.names import TenantId
from schemas.working import HISTORIES, HistoryKey, HistoryRow
from state.store import PostgresStore

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
