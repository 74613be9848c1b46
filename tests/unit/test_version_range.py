"""Ranges mean what npm means by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.version_range import LONGEST, read_range, read_version, satisfies


def holds(version: str, wanted: str) -> bool:
    found, bounds = read_version(version), read_range(wanted)
    assert found is not None
    assert bounds is not None
    return satisfies(found, bounds)


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        ("1.2.3", "1.2.3 1.2.3+build", "1.2.4 1.2.2 1.2.3-rc.1"),
        ("=1.2.3", "1.2.3", "1.2.4"),
        ("v1.2.3", "1.2.3", "1.2.4"),
        ("1.2", "1.2.0 1.2.9", "1.3.0 1.1.9 1.2.0-rc.1 1.3.0-rc.1"),
        ("1.2.x", "1.2.0 1.2.9", "1.3.0"),
        ("1.x", "1.0.0 1.9.9", "2.0.0 0.9.9 2.0.0-rc.1"),
        ("1.X.x", "1.0.0 1.9.9", "2.0.0"),
        ("1", "1.0.0 1.9.9", "2.0.0"),
        ("*", "0.0.0 9.9.9", "1.0.0-rc.1"),
        ("", "0.0.0 9.9.9", "1.0.0-rc.1"),
        ("^1.2.3", "1.2.3 1.3.0 1.99.0", "1.2.2 2.0.0 2.0.0-rc.1 1.3.0-rc.1"),
        ("^1.2", "1.2.0 1.9.0", "1.1.9 2.0.0"),
        ("^1", "1.0.0 1.9.0", "0.9.0 2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2 1.0.0"),
        ("^0.0.3", "0.0.3", "0.0.4 0.0.2 0.1.0"),
        ("^0.0.0", "0.0.0", "0.0.1"),
        ("^0.0", "0.0.0 0.0.9", "0.1.0"),
        ("^0.0.x", "0.0.0 0.0.9", "0.1.0"),
        ("^0", "0.0.0 0.9.9", "1.0.0"),
        ("^0.x", "0.0.0 0.9.9", "1.0.0"),
        ("^1.2.3-beta.2", "1.2.3-beta.2 1.2.3-beta.4 1.2.3 1.9.0", "1.2.3-beta.1 1.2.4-beta.2"),
        ("^0.0.3-beta", "0.0.3-beta 0.0.3-pr.2 0.0.3", "0.0.4 0.0.4-beta 0.0.3-alpha"),
        ("^*", "0.0.0 9.9.9", "1.0.0-rc.1"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2 1.3.0-rc.1"),
        ("~1.2", "1.2.0 1.2.9", "1.3.0"),
        ("~1", "1.0.0 1.9.9", "2.0.0"),
        ("~0.2.3", "0.2.3 0.2.9", "0.3.0"),
        ("~0", "0.0.0 0.9.9", "1.0.0"),
        ("~>1.2.3", "1.2.9", "1.3.0"),
        ("~1.2.3-beta.2", "1.2.3-beta.4 1.2.3 1.2.9", "1.2.4-beta.2 1.3.0"),
        (">=1 <2", "1.0.0 1.9.9", "0.9.9 2.0.0 2.0.0-rc.1"),
        (">= 1.2  < 2", "1.2.0", "1.1.9 2.0.0"),
        (">1.2.3", "1.2.4 9.0.0", "1.2.3 1.2.4-rc.1"),
        (">1.2", "1.3.0", "1.2.9 1.2.0"),
        (">1", "2.0.0", "1.9.9"),
        ("<=1.2", "1.2.9 0.0.1", "1.3.0 1.3.0-rc.1"),
        ("<=1.2.3", "1.2.3", "1.2.4"),
        ("<1.2", "1.1.9", "1.2.0 1.2.0-rc.1"),
        ("<1.2.3", "1.2.2", "1.2.3 1.2.3-rc.1"),
        (">*", "", "0.0.0 9.9.9"),
        ("<*", "", "0.0.0 9.9.9"),
        (">=*", "0.0.0 9.9.9", ""),
        (">1.2.3-alpha.3", "1.2.3-alpha.7 3.4.5", "1.2.3-alpha.3 3.4.5-alpha.9"),
        ("1.2.7 || >=1.2.9 <2.0.0", "1.2.7 1.2.9 1.4.6", "1.2.8 2.0.0"),
        ("^1.2.3-rc.1 || ^2", "1.2.3-rc.2 2.1.0", "2.0.0-rc.1"),
    ],
)
def test_what_a_range_takes_and_what_it_does_not(wanted: str, inside: str, outside: str) -> None:
    assert {v: holds(v, wanted) for v in inside.split()} == dict.fromkeys(inside.split(), True)
    assert {v: holds(v, wanted) for v in outside.split()} == dict.fromkeys(outside.split(), False)


@pytest.mark.parametrize(
    "wanted",
    [
        *("latest", "1.2.3.4", "^", "==1", "1.2-rc.1", "^1.2.3-", "^1.2.3-01", "1..2", "x.1.2.3"),
        *("１", "1" * 10, "9" * 5000, "1 " * LONGEST, "=>1", "<<1", "1.2.3 - 2"),
    ],
)
def test_a_range_that_cannot_be_read_takes_nothing(wanted: str) -> None:
    assert read_range(wanted) is None


@pytest.mark.parametrize("text", ["1.2", "1.2.3.4", "v1.2.3", "", "1.2.03", "1.2.3-", "9" * 5000])
def test_what_is_no_version(text: str) -> None:
    assert read_version(text) is None


@given(st.text(alphabet="0123.x*^~<>=|- vab\n", max_size=40), st.text(max_size=40))
def test_no_text_breaks_the_reading(likely: str, any_text: str) -> None:
    version = read_version("1.2.3")
    assert version is not None
    for text in (likely, any_text):
        if (wanted := read_range(text)) is not None:
            satisfies(version, wanted)


PARTS = st.tuples(*(st.integers(0, 20) for _ in range(3)))


@given(PARTS, PARTS)
def test_a_caret_never_takes_a_version_that_may_break(
    low: tuple[int, ...], other: tuple[int, ...]
) -> None:
    taken = holds(".".join(map(str, other)), "^" + ".".join(map(str, low)))
    kept = next((at + 1 for at, part in enumerate(low) if part), 3)
    assert taken is (other >= low and other[:kept] == low[:kept])
