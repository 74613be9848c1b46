"""Why an output cannot be read is told in few and printable characters, whatever it holds."""

import pytest

from processors.formats import Unreadable, read_output
from processors.formats.proposal import LONGEST_POINTER, LONGEST_REASON


@pytest.mark.parametrize("name", ["a\n> q", "a\x00", "a" * 250_000, "a\ud800", "a\x1b[2J"])
def test_a_reason_that_quotes_is_cut_and_clean(name: str) -> None:
    [first, *_] = read_output(f'Action: {name}\nAction: b\nAction Input: {{"x": 1}}')
    assert isinstance(first, Unreadable)
    assert len(first.text) <= LONGEST_REASON
    assert first.text.isprintable()
    first.text.encode()


def test_every_reason_is() -> None:
    made = Unreadable("code", "x\x00\x1f\n" + "y" * 9_999, "/\x00" + "z" * 9_999)
    assert len(made.text) == LONGEST_REASON
    assert len(made.pointer) == LONGEST_POINTER
    assert (made.text + made.pointer).isprintable()
    assert Unreadable("code", "as it is", "/a/b").text == "as it is"
