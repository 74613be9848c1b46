"""Bring a database to the newest migration."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x696E7465726C6F63
"""One migration at a time, whoever starts it: an advisory lock for the transaction."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def migrate(engine: Engine, to: str = "head") -> None:
    """Apply what is missing; doing it twice, or from two processes at once, is harmless.

    `to`: an earlier revision, for tests of the migrations after it.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses.
    """
    config = _config()
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def newest() -> str:
    """The revision this code expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head
