"""The migrations make the tables that the statements expect."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from state.migrate import migrate, newest
from state.tables import metadata


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
