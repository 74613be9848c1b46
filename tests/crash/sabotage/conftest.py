"""A chain of its own: sabotaged processes leave records behind that no other test should see."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.crash.chain import Chain, environment, running

if TYPE_CHECKING:
    from streams.local_broker import LocalBroker


@pytest.fixture(scope="module")
def own_database(postgres_url: str, migrated_database: str) -> Iterator[str]:
    from sqlalchemy import create_engine, make_url, text

    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS sabotage WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE sabotage TEMPLATE {migrated_database}"))
    yield make_url(postgres_url).set(database="sabotage").render_as_string(hide_password=False)
    server.dispose()


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[LocalBroker]":
    from streams.local_broker import LocalBroker

    with LocalBroker(tmp_path_factory.mktemp("sabotage-broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def own_chain(
    own_broker: "LocalBroker", own_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chain]:
    folder = tmp_path_factory.mktemp("sabotage-chain")
    variables = environment(own_broker.bootstrap_servers, own_database, folder)
    chain = Chain(variables, folder / "chain.log")
    chain.prepare()
    with running(chain):
        yield chain
