"""What holds for whatever is mended: nothing lost, nothing added, and in bounded time."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from processors.formats import Unreadable
from processors.formats.json_text import JsonRead
from processors.formats.repair import LARGEST, read_or_repair
from tests.examples import examples

WORDS = st.sampled_from(
    [
        *("a", "b c", "it's", 'say "hi"', '", "b": "', '": "', "x\ny", "C:\\d", "1,000", "//", "#"),
        *("{", "}", "[", "]", "“q”", "é", "true", "'", '"', "\\", "```", ""),
    ]
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
PIECES = st.sampled_from([*"\"',:{}[]\\\n 1t“”/#", "None", '", "', "//", "```", "NaN", "/*"])


def _matter(text: str) -> str:
    """A text's characters but those that structure, quoting and escaping take or give."""
    text = text.replace("\\n", "").replace("None", "null").replace("```", "")
    return "".join(c for c in text if c not in "\"'“”{}[]:,\\ \n").lower()


@given(VALUES, st.booleans(), st.data())
@settings(max_examples=examples(6), deadline=None)
def test_mending_neither_loses_nor_adds_nor_moves_a_character(
    value: JsonValue, as_python: bool, data: st.DataObject
) -> None:
    text = repr({"k": value}) if as_python else json.dumps({"k": value}, ensure_ascii=False)
    at = data.draw(st.integers(0, len(text)))
    removed = data.draw(st.integers(0, 2))
    text = text[:at] + data.draw(PIECES | st.just("")) + text[at + removed :]
    found = read_or_repair(text)
    if isinstance(found, JsonRead) and found.repaired and not any(c in text for c in "/#"):
        assert _matter(json.dumps(found.value, ensure_ascii=False)) == _matter(text)


@given(VALUES)
def test_pythons_notation_gives_the_value_or_nothing(value: JsonValue) -> None:
    found = read_or_repair(repr({"k": value}))
    assert isinstance(found, Unreadable) or found.value == {"k": value}


@pytest.mark.parametrize(
    "piece", ["'x', ", '"', "'", "{", "[", "}", '{"a":', '"\\d"', "/**/", "// "]
)
@pytest.mark.parametrize("size", [LARGEST, 65_536, 262_000])
def test_time_is_bounded(piece: str, size: int) -> None:
    for head, tail in (("{'a': [", "1]}"), ("{'a': \"", '"}'), ("{", "")):
        text = head + piece * ((size - 10) // len(piece)) + tail
        began = time.process_time()
        read_or_repair(text)
        assert time.process_time() - began < 1.0
