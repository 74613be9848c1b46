"""Outcomes and working rows on a real PostgreSQL."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest
from sqlalchemy import Engine, text

from launch import wait_until
from schemas.faults import PassingFault, RecordFault
from schemas.identity import output_id
from schemas.names import ActionId, EventId, TenantId
from schemas.records import Coordinates, Encoded, Outcome
from schemas.working import (
    APPROVALS,
    LIMITS,
    REFUSED,
    RESERVATIONS,
    RESPONSES,
    ApprovalRow,
    Gate,
    LimitRow,
    RefusedRow,
    ReservationRow,
    ReservationState,
    ResponseRow,
    Taken,
)
from state.engine import faults, stage_engine
from state.store import PostgresStore

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ID = output_id("test", EventId("x"), "t", 0)
OUTPUT = Encoded("actions.drafted", b"t", b"\x00\xff")


def outcome(offset: int = 7) -> Outcome:
    return Outcome(ID, Coordinates("llm.responses", 3, offset), NOW, (OUTPUT, OUTPUT))


def test_an_outcome_comes_back_as_it_was_recorded(engine: Engine) -> None:
    store = PostgresStore(engine)
    with store.begin() as tx:
        tx.record("draft", [outcome()])
    with store.begin() as tx:
        assert tx.enter("draft", [ID], {}) == {ID: outcome()}
        assert tx.enter("assess", [ID], {}) == {}


def test_a_second_instance_that_decided_the_same_input_is_told_to_look_again(
    engine: Engine,
) -> None:
    store = PostgresStore(engine)
    with store.begin() as tx:
        tx.record("draft", [outcome()])
    with pytest.raises(PassingFault, match="outcome_race"), store.begin() as tx:
        tx.record("draft", [outcome(9)])


def test_who_waited_to_enter_sees_only_at_a_second_look_what_was_recorded(
    engine: Engine, database_url: str
) -> None:
    store, below = PostgresStore(engine), {("llm.responses", 3): 8}
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    seen: list[Mapping[EventId, Outcome]] = []

    def enter_twice() -> None:
        with store.begin() as tx:
            seen.extend(tx.enter("draft", [ID], below) for _ in range(2))

    def one_waits() -> bool:
        with watch.connect() as connection:
            return bool(connection.execute(waiting).scalar_one() == 1)

    watch, second = stage_engine(database_url, "watch"), Thread(target=enter_twice)
    with store.begin() as first:
        assert first.enter("draft", [ID], below) == {}
        second.start()
        wait_until(one_waits, 10, "the second one waits for the first")
        first.record("draft", [outcome()])
    second.join(10)
    watch.dispose()
    assert seen == [{}, {ID: outcome()}]


def test_a_connection_lost_in_use_costs_the_pool_nothing(engine: Engine, database_url: str) -> None:
    alone = stage_engine(database_url, "alone", pool_size=1, autocommit=True)
    for _ in range(3):
        with suppress(PassingFault), faults(), alone.begin() as connection:
            connection.execute(text("SELECT 1"))
        with suppress(PassingFault), faults(), alone.begin() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with engine.begin() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with suppress(PassingFault), faults(), alone.begin() as connection:
        connection.execute(text("SELECT 1"))
    with faults(), alone.begin() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    alone.dispose()


def test_positions_only_advance(engine: Engine) -> None:
    store = PostgresStore(engine)
    for offset in (5, 9, 7):
        with store.begin() as tx:
            tx.enter("draft", [], {("llm.responses", 1): offset})
    assert store.positions("draft") == {("llm.responses", 1): 9}


def test_locking_an_unknown_key_gives_a_blank_row_that_can_be_saved(engine: Engine) -> None:
    store = PostgresStore(engine)
    tenant = TenantId("t")
    limit = (tenant, "tenant:hour", NOW)
    action = (ActionId(ID), 1)
    with store.begin() as tx:
        assert tx.lock(LIMITS, {limit}) == {limit: LimitRow(*limit)}
        tx.save(LIMITS, {limit: LimitRow(*limit, used=4)})
        blank = tx.lock(APPROVALS, {action})[action]
        assert blank == ApprovalRow(*action)
        row = ApprovalRow(
            *action, tenant, Gate.PENDING, 2, inbox=(b"\x00a", b"b"), assessed=b"\x00"
        )
        tx.save(APPROVALS, {action: row})
    with store.begin() as tx:
        assert tx.lock(LIMITS, {limit})[limit].used == 4
        stored = tx.lock(APPROVALS, {action})[action]
        assert stored == row
        assert stored.gate is Gate.PENDING


def test_rows_come_back_as_they_were_saved(engine: Engine) -> None:
    store = PostgresStore(engine)
    t, at = TenantId("t"), NOW.replace(microsecond=7)
    refused = (t, "h")
    reservation = (ActionId(ID), 2)
    rows = {
        refused: RefusedRow(*refused, seen_at=at.astimezone(timezone(timedelta(hours=3)))),
        (t, "i"): RefusedRow(t, "i", repeats=2),
    }
    taken = (Taken("tenant:hour", NOW, 1), Taken("budget:money:x:day", at, 10**15))
    reserved = ReservationRow(*reservation, t, ReservationState.RESERVED, taken)
    with store.begin() as tx:
        tx.save(REFUSED, rows)
        tx.save(RESERVATIONS, {reservation: reserved})
    with store.begin() as tx:
        assert tx.lock(REFUSED, set(rows)) == rows
        assert tx.lock(RESERVATIONS, {reservation}) == {reservation: reserved}


def test_a_row_that_another_one_wrote_meanwhile_is_to_be_looked_at_again(engine: Engine) -> None:
    store, key = PostgresStore(engine), (TenantId("t"), "r")

    def too_late() -> None:
        with store.begin() as tx:
            tx.lock(RESPONSES, {key})
            with store.begin() as other:
                other.save(RESPONSES, {key: ResponseRow(*key, content_hash="first")})
            tx.save(RESPONSES, {key: ResponseRow(*key, content_hash="second")})

    with pytest.raises(PassingFault, match="row_race"):
        too_late()
    with store.begin() as tx:
        assert tx.lock(RESPONSES, {key})[key].content_hash == "first"


def test_a_block_that_raises_leaves_nothing(engine: Engine) -> None:
    store = PostgresStore(engine)
    key = (TenantId("t"), "r")

    def save_and_fail() -> None:
        with store.begin() as tx:
            tx.save(RESPONSES, {key: ResponseRow(*key, content_hash="h")})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        save_and_fail()
    with store.begin() as tx:
        assert tx.lock(RESPONSES, {key})[key].content_hash is None


@pytest.mark.parametrize(
    ("tenant", "why"), [("a\x00b", "NUL is no text"), ("a\ud800", "a lone surrogate is no text")]
)
def test_what_the_database_cannot_hold_is_the_records_fault(
    engine: Engine, tenant: str, why: str
) -> None:
    store = PostgresStore(engine)
    key = (TenantId(tenant), "r")
    with pytest.raises(RecordFault), store.begin() as tx:
        tx.lock(RESPONSES, {key})
    with pytest.raises(RecordFault), store.begin() as tx:
        tx.save(RESPONSES, {key: ResponseRow(*key)})


def test_a_connection_ended_by_the_server_is_a_passing_fault(engine: Engine) -> None:
    store = PostgresStore(engine)
    with pytest.raises(PassingFault), store.begin() as tx:
        tx.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert store.positions("draft") == {}
