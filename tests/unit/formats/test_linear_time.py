"""What a text costs to read grows with its length, never with its square. Ratios only: a slow
machine is slow for both. All hostile outputs, and larger ones, are in `tests/fuzz`."""

import pytest

from processors.formats import reading
from processors.formats.reasoning import Apart
from tests.hostile import Hostile, hostile, steepness

MOST = 10
"""Between 4, linear, and 16; looked at again before it is believed."""


def steep(cases: list[Hostile], size: int) -> list[str]:
    first = [case for case in cases if steepness(case, size, runs=1) > MOST]
    return [case.name for case in first if min(steepness(case, size) for _ in range(3)) > MOST]


@pytest.mark.timing
def test_no_piece_takes_more_than_linear_time() -> None:
    assert steep([case for case in hostile() if not case.head], 2_048) == []


@pytest.mark.timing
def test_a_reader_that_looks_at_all_for_each_character_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def thorough(text: str) -> Apart:
        return Apart("".join(c for c in text if text.rfind("{", 0) < 0), "")

    monkeypatch.setattr(reading, "without_reasoning", thorough)
    assert steep([Hostile("x", "", "x")], 49_152) == ["x"]
