"""Connections, and whose fault a database error is."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from schemas.faults import Fault, PassingFault, ProcessFault, RecordFault

_OPTIONS: dict[str, str | int] = {
    # Tables are small or read by key; a plan made while one was empty must not scan it.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "lock_timeout": 2_000,
    "statement_timeout": 15_000,
    "idle_in_transaction_session_timeout": 15_000,
}


def connect_args(application: str, **options: str | int) -> dict[str, object]:
    """psycopg2's arguments for a session of ours; `options` are server settings in
    PostgreSQL's units (milliseconds for timeouts)."""
    merged = {**_OPTIONS, **options}
    return {
        "application_name": application,
        "options": " ".join(f"-c {name}={value}" for name, value in merged.items()),
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 6_000,
    }


RECORDS_FAULT = frozenset({"22", "23", "54"})
"""SQLSTATE classes of a rejected content: data exception, integrity violation, a limit of the
server exceeded."""
PASSES = frozenset({"08", "25", "40", "53", "55", "57"})
"""Connection lost, transaction ended, deadlock, resources, lock not had, shutdown."""


def stage_engine(
    url: str, application: str, pool_size: int = 2, *, autocommit: bool = False
) -> Engine:
    """Connections for a stage: bounded waits, plans by index.

    `url` is SQLAlchemy's, with the psycopg2 driver. `autocommit`: each statement is a transaction
    of its own, without round trips to begin and to commit it. It belongs to the engine: as an
    option of a connection it is taken back when that returns to the pool, by a statement, and a
    server that is lost just then costs the pool a connection for good.
    """
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        **({"isolation_level": "AUTOCOMMIT"} if autocommit else {}),
        connect_args=connect_args(application),
    )


@contextmanager
def faults() -> Iterator[None]:
    """Turn the database's errors into ours.

    Raises:
        RecordFault: the content is rejected (`database_rejects`).
        PassingFault: away, busy, locked, shutting down (`database_unavailable`).
        ProcessFault: anything else: a statement or a schema that does not fit this code.
    """
    try:
        yield
    except PoolTimeout as error:
        raise PassingFault("database_busy", str(error)) from error
    except DBAPIError as error:
        raise _fault(error.orig or error, lost=error.connection_invalidated) from error
    except psycopg2.Error as error:
        # COPY goes by the driver alone.
        raise _fault(error, lost=False) from error


@contextmanager
def text_refused() -> Iterator[None]:
    """psycopg2 refuses NUL and lone surrogates in text before the server sees them.

    Raises:
        RecordFault: `database_rejects`.
    """
    try:
        yield
    except ValueError as error:
        raise RecordFault("database_rejects", str(error)) from error


def _fault(error: BaseException, *, lost: bool) -> Fault:
    state = getattr(error, "pgcode", None)
    text = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
    if state is None:
        # psycopg2 gives no SQLSTATE for a lost connection, nor for a value it cannot adapt
        # (NUL in text is a ValueError before anything is sent).
        if lost or isinstance(error, psycopg2.InterfaceError | psycopg2.OperationalError):
            return PassingFault("database_unavailable", text)
        return ProcessFault("database_error", text)
    if state[:2] in RECORDS_FAULT:
        return RecordFault("database_rejects", f"{state}: {text}")
    if state[:2] in PASSES:
        return PassingFault("database_unavailable", f"{state}: {text}")
    return ProcessFault("database_error", f"{state}: {text}")
