"""What upstream and templates say of an action's risk, in their own spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.risk import graver, read_level, says_no_level
from schemas.names import RiskLevel


@pytest.mark.parametrize("said", ["critical", "CRITICAL", " Critical\t", "ｃｒｉｔｉｃａｌ"])
def test_a_level_is_read_however_it_is_spelled(said: str) -> None:
    assert read_level(said) is RiskLevel.CRITICAL
    assert not says_no_level(said)
    assert graver(said, RiskLevel.LOW) == "critical"


@pytest.mark.parametrize("said", [None, "", "  "])
def test_nothing_said_is_nothing(said: str | None) -> None:
    assert read_level(said) is None
    assert not says_no_level(said)
    assert graver(said, None) is None
    assert graver(said, RiskLevel.MEDIUM) is RiskLevel.MEDIUM


def test_a_word_that_is_no_level_outlives_all_but_what_is_graver_than_it() -> None:
    assert says_no_level("severe")
    assert graver("severe", RiskLevel.LOW) == "severe"
    assert graver("severe", RiskLevel.HIGH) == "severe"
    assert graver("severe", RiskLevel.CRITICAL) is RiskLevel.CRITICAL


@given(st.none() | st.text(max_size=9), st.sampled_from(list(RiskLevel)))
def test_a_template_never_makes_an_estimate_milder(said: str | None, level: RiskLevel) -> None:
    both = graver(said, level)
    assert both is not None
    read = read_level(both)
    assert says_no_level(both) or (read is not None and read.rank >= level.rank)
    if says_no_level(said):
        assert says_no_level(both) or read is RiskLevel.CRITICAL
