"""Canonical JSON is RFC 8785's, whichever library writes it."""

from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.canonical import _alike, canonical

TEXTS = st.text(st.characters(codec=None), max_size=20)
NAMES = TEXTS | st.text('abAB_/\x00\x1f"\\', max_size=4)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**53 - 3, 2**53 + 3)
    | st.integers(-(2**53) - 3, -(2**53) + 3)
    | st.floats()
    | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=15,
)


def written(write: Any, value: Any) -> bytes | type[BaseException]:
    try:
        found = write(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        return type(error)
    assert isinstance(found, bytes)
    return found


@given(VALUES)
@example({"b": 1, "a": {"\u007f": '\u2028\x7f\x00\x1f\b\f\n\r\t"\\/é😀'}})
@example({"\ufb33": 1, "\U0001f600": 2, "é": 3})
@example([1e21, 1.0, -0.0, 2**53, -(2**53)])
@example("\ud800")
@example({"a\ud800": 1})
def test_any_value_is_written_as_the_rfc_has_it(value: Any) -> None:
    assert written(canonical, value) == written(rfc8785.dumps, value)


def test_every_character_is_written_as_the_rfc_has_it() -> None:
    for start in range(0, 0x11_0000, 0x1000):
        codes = range(start, start + 0x1000)
        text = "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)
        assert canonical({"a": text}) == rfc8785.dumps({"a": text})
    for code in range(0x80):
        assert canonical({chr(code): 1, "a" + chr(code): 2}) == rfc8785.dumps(
            {chr(code): 1, "a" + chr(code): 2}
        )


@pytest.mark.parametrize(
    "value", [1.5, {"a": [1.0]}, 2**53, -(2**53), {"é": 1}, ("a",), {1: 2}, b"a"]
)
def test_what_the_two_may_write_differently_is_left_to_the_rfcs_own(value: Any) -> None:
    assert not _alike(value)


def test_ordinary_parameters_are_written_by_the_quicker_one() -> None:
    value = {"titulo": "Revisión", "n": -3, "l": [True, None, {"a": "😀"}]}
    assert _alike(value)
    assert canonical(value) == orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
