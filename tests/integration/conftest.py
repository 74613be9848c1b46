"""Fixtures of the tests on a real database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from state.engine import stage_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A stage's engine on a fresh, migrated database."""
    engine = stage_engine(database_url, "test")
    yield engine
    engine.dispose()
