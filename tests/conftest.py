"""The real broker and the real database, one of each a test run, started when first asked for.

They are the tests' own, in a folder and on ports of their own. With INTERLOCK_TEST_USE_GIVEN=1
the tests that only need addresses take KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL instead; those
that kill a service always have their own.

No example of a property has a deadline: a busy machine is not a fault of the code.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.databases import new_database

if TYPE_CHECKING:
    from state.local_postgres import LocalPostgres
    from streams.local_broker import LocalBroker
    from streams.local_broker.container import ContainerBroker

    Broker = LocalBroker | ContainerBroker

settings.register_profile("unhurried", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("unhurried")

_USE_GIVEN = os.environ.get("INTERLOCK_TEST_USE_GIVEN") == "1"


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Broker]":
    """A running broker; a test that stops or kills it starts it again before it ends."""
    broker = _broker(tmp_path_factory.mktemp("broker"))
    try:
        broker.start()
        yield broker
    finally:
        broker.remove()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[LocalPostgres]":
    """A running server; a test that stops or kills it starts it again before it ends."""
    from state.local_postgres import LocalPostgres

    postgres = LocalPostgres(tmp_path_factory.mktemp("postgres"))
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.remove()


@pytest.fixture(scope="session")
def bootstrap_servers(request: pytest.FixtureRequest) -> str:
    """A cluster's address, for a test that does not care whose it is. Topics are never dropped:
    a test names its own."""
    if _USE_GIVEN and (given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS")):
        return given
    broker: Broker = request.getfixturevalue("broker")
    return broker.bootstrap_servers


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """A server's URL, by a user who may create databases."""
    if _USE_GIVEN and (given := os.environ.get("DATABASE_URL")):
        return given
    postgres: LocalPostgres = request.getfixturevalue("postgres")
    return postgres.url()


@pytest.fixture(scope="session")
def migrated_database(postgres_url: str) -> Iterator[str]:
    """The name of a database with all migrations applied and nobody connected: a template."""
    from sqlalchemy import create_engine, make_url

    from state.migrate import migrate

    with new_database(postgres_url) as url:
        engine = create_engine(url)
        migrate(engine)
        engine.dispose()
        name = make_url(url).database
        assert name is not None
        yield name


@pytest.fixture
def database_url(postgres_url: str, migrated_database: str) -> Iterator[str]:
    """A fresh database with all migrations applied, dropped after the test."""
    with new_database(postgres_url, template=migrated_database) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    """A fresh database with nothing in it, dropped after the test."""
    with new_database(postgres_url) as url:
        yield url


def _broker(folder: Path) -> "Broker":
    """In a container only where there is no Java: a process starts and dies faster."""
    from launch import CannotStart
    from launch.engine import engine_is_reachable
    from streams.local_broker import LocalBroker, find_java, find_maven

    try:
        find_java()
        find_maven()
    except CannotStart:
        if not engine_is_reachable():
            raise
        from streams.local_broker.container import ContainerBroker

        return ContainerBroker(folder)
    return LocalBroker(folder)


def pytest_collection_finish() -> None:
    """What was collected stays: without it each collection of garbage walks thousands of tests."""
    gc.collect()
    gc.freeze()
