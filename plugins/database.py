"""The host's PostgreSQL: a small pool, and the schema made on first contact."""

import threading

import orjson
import structlog
from pydantic import JsonValue
from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, make_url, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateSchema

from plugins.demo_customers import DEMO_CUSTOMERS
from plugins.tables import SCHEMA, customers, metadata

_CREATE_LOCK = 0x1A7E_10C4_0001
"""Advisory lock under which hosts that start together create the schema one by one."""

_SESSION = """
SET lock_timeout = '2s';
SET statement_timeout = '10s';
SET idle_in_transaction_session_timeout = '5s';
SET synchronous_commit = on
"""
"""`lock_timeout` is below the 3 s a caller waits, so that one who comes while the key is at
work hears so instead of hearing nothing. `idle_in_transaction_session_timeout` frees the
keys of a host that is stopped, not dead. `synchronous_commit`: an answer says `done`."""

_CONNECT = {
    "application_name": "interlock-plugin-host",
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 6000,
}

log = structlog.get_logger("plugins")


class Database:
    """One engine. READ COMMITTED is required: a waiter must see what it waited for."""

    def __init__(self, url: str, connections: int) -> None:
        """`url` is any PostgreSQL URL; the driver is always psycopg2. Connects to nothing."""
        self.engine: Engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg2"),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=2,
            isolation_level="READ COMMITTED",
            json_serializer=_dump,
            json_deserializer=orjson.loads,
            connect_args=_CONNECT,
        )
        event.listen(self.engine, "connect", _set_session)
        self._creating = threading.Lock()
        self._created = threading.Event()

    def ensure_schema(self) -> None:
        """Create what is missing, once per process; afterwards costs nothing.

        Where everything exists no right to create is needed, so an operator may make the
        schema beforehand and give the host's role no more than its rows.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be reached, or refuses.
        """
        if self._created.is_set():
            return
        with self._creating:
            if self._created.is_set():
                return
            with self.engine.begin() as connection:
                connection.execute(select(func.pg_advisory_xact_lock(_CREATE_LOCK)))
                _create(connection)
            self._created.set()
            log.info("schema ready", schema=SCHEMA)

    def ping(self) -> None:
        """Raises what the engine raises if the database does not answer."""
        self.ensure_schema()
        with self.engine.connect() as connection:
            connection.execute(select(1))

    def close(self) -> None:
        self.engine.dispose()


def _create(connection: Connection) -> None:
    if not inspect(connection).has_schema(SCHEMA):
        connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
    metadata.create_all(connection)
    seed = insert(customers).on_conflict_do_nothing()
    connection.execute(seed, DEMO_CUSTOMERS)


def _set_session(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    with_autocommit = connection.autocommit
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(_SESSION)
    cursor.close()
    connection.autocommit = with_autocommit


def _dump(value: JsonValue) -> str:
    return orjson.dumps(value).decode()
