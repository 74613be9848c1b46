"""Chains of real processes, each with a broker and a database of its own: others write records
of their own to the same topics."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.local_broker import LocalBroker
from tests.crash.chain import Chain, environment, running
from tests.databases import new_database


@contextmanager
def _chain(postgres_url: str, template: str, folder: Path) -> Iterator[Chain]:
    """Topics, settings and keys in place, every process ready."""
    with new_database(postgres_url, template) as url, LocalBroker(folder / "broker") as broker:
        chain = Chain(environment(broker.bootstrap_servers, url, folder), folder / "chain.log")
        chain.prepare()
        with running(chain):
            yield chain


@pytest.fixture(scope="session")
def chain(
    postgres_url: str, migrated_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chain]:
    """One chain for all crash tests: it is killed and restarted, its data goes on."""
    with _chain(postgres_url, migrated_database, tmp_path_factory.mktemp("chain")) as chain:
        yield chain


@pytest.fixture(scope="module")
def own_chain(
    postgres_url: str, migrated_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Chain]:
    """For sabotaged processes: they leave records behind that no other test should see."""
    with _chain(postgres_url, migrated_database, tmp_path_factory.mktemp("sabotage")) as chain:
        yield chain
