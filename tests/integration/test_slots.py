"""Slots on a real PostgreSQL: stable names, one holder each."""

import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, make_url, text

from launch import wait_until
from schemas.faults import PassingFault, ProcessFault
from state import slots
from state.slots import Slot

GROUP = "interlock-assess"
KEY = zlib.crc32(GROUP.encode()) - 2**31


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_CHECK_S", 0.02)


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """What the test holds is released after it."""
    with ExitStack() as stack:
        yield stack


def take(held: ExitStack, url: str, group: str = GROUP) -> Slot:
    slot = Slot(url, group)
    held.callback(slot.release)
    return slot


def holders(engine: Engine) -> set[int]:
    """Backends that hold a slot of the group."""
    statement = text(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with engine.connect() as connection:
        return set(connection.execute(statement).scalars())


def end_sessions(engine: Engine) -> None:
    """The server ends every session that holds a slot, as a restart would."""
    statement = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"
    )
    with engine.connect() as connection:
        assert connection.execute(statement, {"name": f"{GROUP}-slot"}).scalars().all()


def test_each_holder_has_a_slot_of_its_own(database_url: str, held: ExitStack) -> None:
    names = [take(held, database_url).name for _ in range(3)]
    assert names == [f"{GROUP}-0", f"{GROUP}-1", f"{GROUP}-2"]
    assert take(held, database_url, "interlock-draft").name == "interlock-draft-0"


def test_instances_started_at_once_take_different_slots(database_url: str, held: ExitStack) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: Slot(database_url, GROUP), range(8)))
    for slot in taken:
        held.callback(slot.release)
    assert {slot.number for slot in taken} == set(range(8))


def test_the_lowest_free_slot_is_taken_again(
    database_url: str, engine: Engine, held: ExitStack
) -> None:
    first = take(held, database_url)
    take(held, database_url)
    first.release()
    wait_until(lambda: len(holders(engine)) == 1, 5, "the released slot to be free")
    assert not first.lost.is_set()
    assert take(held, database_url).number == 0
    assert take(held, database_url).number == 2


def test_a_slot_outlives_its_session(database_url: str, engine: Engine, held: ExitStack) -> None:
    slot = take(held, database_url)
    before = holders(engine)
    end_sessions(engine)
    wait_until(lambda: (now := holders(engine)) and now != before, 5, "the slot to be held again")
    assert not slot.lost.is_set()
    assert take(held, database_url).number == 1


def test_a_slot_somebody_else_took_meanwhile_is_lost(
    database_url: str, engine: Engine, held: ExitStack
) -> None:
    slot = take(held, database_url)
    with engine.connect() as other, ThreadPoolExecutor(1) as pool:
        # Who waits for a lock has it the moment its holder's session ends.
        wanting = pool.submit(other.execute, text("SELECT pg_advisory_lock(:key, 0)"), {"key": KEY})
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        with engine.connect() as watching:
            wait_until(lambda: watching.execute(waiting).scalar_one(), 5, "the other to wait")
        end_sessions(engine)
        wanting.result(5)
        assert slot.lost.wait(5)
    assert slot.name == f"{GROUP}-0", "it says which one was lost"


def test_no_slot_is_left(
    database_url: str, engine: Engine, held: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "MOST_SLOTS", 2)
    for _ in range(2):
        take(held, database_url)
    with pytest.raises(ProcessFault, match="no_slot"):
        Slot(database_url, GROUP)
    assert len(holders(engine)) == 2


def test_a_database_that_is_away_is_waited_for(database_url: str) -> None:
    away = make_url(database_url).set(host="127.0.0.1", port=1, query={})
    with pytest.raises(PassingFault):
        Slot(away.render_as_string(hide_password=False), GROUP)
