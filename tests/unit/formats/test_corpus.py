"""Real texts of real models: what is read from each, and what is refused on purpose."""

from typing import Any

import pytest

from tests.corpora.rows import ROWS, Verdict, judged, refused
from tests.corpora.table import PAGE, page_with, table


@pytest.mark.parametrize("row", ROWS, ids=[f"{i}-{r['dialect']}" for i, r in enumerate(ROWS)])
def test_a_text_gives_its_calls_and_nothing_else(row: dict[str, Any]) -> None:
    assert judged(row) is (Verdict.REFUSED if refused(row["text"]) else Verdict.EXACT)


def test_few_are_refused() -> None:
    assert sum(refused(row["text"]) for row in ROWS) <= 0.05 * len(ROWS)


def test_the_page_has_the_table_as_it_is() -> None:
    """Mended by `python -m tests.corpora.table --write`."""
    assert page_with(table()) == PAGE.read_text()
