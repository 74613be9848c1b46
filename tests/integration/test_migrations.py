"""The migrations make the tables that the statements expect."""

from datetime import UTC, datetime

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from schemas.identity import action_id
from schemas.working import LIMITS, RESERVATIONS, RevisionKey, Taken
from state.limits import release
from state.migrate import migrate, newest
from state.store import PostgresStore
from state.tables import metadata
from tests.stories import ACME


def test_migrated_tables_have_the_columns_the_code_knows(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        found = compare_metadata(
            MigrationContext.configure(
                connection,
                opts={
                    "compare_server_default": False,
                    # Indexes, checks and unique constraints live in the migrations alone.
                    "include_object": lambda _object, _name, kind, *_: kind in ("table", "column"),
                },
            ),
            metadata,
        )
    engine.dispose()
    assert found == []


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    engine = create_engine(database_url)
    migrate(engine)
    with engine.connect() as connection:
        at = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    engine.dispose()
    assert at == [newest()]


def test_reservations_from_before_say_which_windows_they_hold(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    hour = datetime(2026, 3, 1, 9, tzinfo=UTC)
    reserved, override = (action_id(ACME, "response", "r", index) for index in range(2))
    migrate(engine, "0003")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO reservations VALUES (:a, 1, 'acme', 'reserved', :hour, :day), "
                "(:b, 1, NULL, 'override', NULL, NULL)"
            ),
            {"a": reserved, "b": override, "hour": hour, "day": hour.replace(hour=0)},
        )
        connection.execute(
            text("INSERT INTO limits VALUES ('acme', 'tenant:hour', :hour, 7)"), {"hour": hour}
        )
    migrate(engine)
    keys: set[RevisionKey] = {(reserved, 1), (override, 1)}
    with PostgresStore(engine).begin() as tx:
        rows = tx.lock(RESERVATIONS, keys)
        release(tx, rows.items())
        window = (ACME, "tenant:hour", hour)
        assert tx.lock(LIMITS, {window})[window].used == 6
    engine.dispose()
    assert rows[reserved, 1].windows == (
        Taken("tenant:hour", hour, 1),
        Taken("tenant:day", hour.replace(hour=0), 1),
    )
    assert rows[override, 1].windows == ()
