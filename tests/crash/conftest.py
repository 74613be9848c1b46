"""One chain for all crash tests: it is killed and restarted, its data goes on."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.crash.chain import Chain, environment, running

if TYPE_CHECKING:
    from streams.local_broker import LocalBroker


@pytest.fixture(scope="session")
def crash_database(postgres_url: str) -> Iterator[str]:
    """A database of its own for the session: the chain's data outlives its processes."""
    from sqlalchemy import create_engine, make_url, text

    from state.migrate import migrate

    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS crash WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE crash"))
    url = make_url(postgres_url).set(database="crash").render_as_string(hide_password=False)
    engine = create_engine(url)
    migrate(engine)
    engine.dispose()
    yield url
    server.dispose()


@pytest.fixture(scope="session")
def chain_broker(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[LocalBroker]":
    """A broker for the chain alone: other tests write records of their own to the same topics."""
    from streams.local_broker import LocalBroker

    with LocalBroker(tmp_path_factory.mktemp("chain-broker")) as broker:
        yield broker


@pytest.fixture(scope="session")
def chain(
    chain_broker: "LocalBroker", crash_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chain]:
    """The chain with topics, settings and keys in place, every process ready."""
    folder: Path = tmp_path_factory.mktemp("chain")
    variables = environment(chain_broker.bootstrap_servers, crash_database, folder)
    chain = Chain(variables, folder / "chain.log")
    chain.prepare()
    with running(chain):
        yield chain
