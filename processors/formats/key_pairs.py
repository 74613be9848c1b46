"""Calls as a name and pairs of tags, as GLM-4.5 and Laguna (poolside) write them.

    <tool_call>get_weather
    <arg_key>city</arg_key>
    <arg_value>Paris</arg_value>
    </tool_call>

Other formats open with `<tool_call>` too: only one word and its closing tag, or text and a pair,
make a block of this family. A value ends at its closing tag. Where a tag is missing, nobody can
tell what is a value and what is the model's next call: nothing behind it is read.
"""

from typing import NamedTuple

from pydantic import JsonValue

from processors.formats.family import Family, Found
from processors.formats.json_text import JsonRead, read_json
from processors.formats.marks import Block, past_fence, past_space, read_marked
from processors.formats.named_call import named_call
from processors.formats.proposal import JsonDict, Unreadable
from processors.formats.surface import Surface
from processors.formats.unmatched import if_matched, read_unmatched
from processors.formats.untyped import untyped, without_layout

SOURCE = "key_pairs"
_OPENING, _CLOSING = "<tool_call>", "</tool_call>"
_KEY, _KEY_END = "<arg_key>", "</arg_key>"
_VALUE, _VALUE_END = "<arg_value>", "</arg_value>"


class _Pair(NamedTuple):
    key: str
    value: JsonValue
    text: str
    end: int


def read_key_pairs(surface: Surface) -> Found:
    """The calls, in order."""
    return if_matched(read_marked(surface, {_OPENING: _block, _VALUE_END: read_unmatched}))


def _block(text: str, at: int) -> Block:
    tag = text.find("<", at)
    tag = len(text) if tag < 0 else tag
    name = text[at:tag].strip()
    is_json = text.startswith(("{", "["), past_fence(text, at))
    if is_json and not (text.startswith(_KEY, tag) and isinstance(read_json(name), JsonRead)):
        return Block([], at)  # another format's, however compact, and whatever its texts hold
    is_word = len(name.split()) == 1
    if text.startswith(_KEY, tag) or (is_word and text.startswith(_CLOSING, tag)):
        return _call(text, tag, name)
    is_cut = tag == len(text) or text.startswith(_OPENING, tag)
    if is_word and is_cut:
        return _broken("a call ends behind its name")
    return Block([], at)


def _call(text: str, at: int, name: str) -> Block:
    params: JsonDict = {}
    texts: dict[str, str] = {}
    repeated = False
    while text.startswith(_KEY, at):
        pair = _pair(text, at)
        if pair is None:
            return _broken(f"{_KEY} and {_VALUE} do not make a pair")
        repeated |= pair.key in params
        params[pair.key] = pair.value
        texts[pair.key] = pair.text
        at = past_space(text, pair.end)
    if not text.startswith(_CLOSING, at):
        return _broken(f"expected {_KEY} or {_CLOSING}")
    if repeated:
        problem = Unreadable("parameters_ambiguous", "a parameter is given twice")
        return Block([problem], at + len(_CLOSING))
    return Block([named_call(name, params, SOURCE, texts)], at + len(_CLOSING))


def _broken(problem: str) -> Block:
    return Block([Unreadable("call_not_closed", problem)], None)


def _pair(text: str, at: int) -> _Pair | None:
    key, value_at = _between(text, at, _KEY, _KEY_END)
    raw, end = _between(text, past_space(text, value_at), _VALUE, _VALUE_END)
    if key is None or raw is None or not key.strip():
        return None
    return _Pair(key.strip(), untyped(raw), without_layout(raw), end)


def _between(text: str, at: int, opening: str, closing: str) -> tuple[str | None, int]:
    """What stands between two tags, and where the text goes on. None if they are not there, or
    if another of the family's tags shows that the closing one belongs to something later."""
    start = at + len(opening)
    end = text.find(closing, start) if text.startswith(opening, at) else -1
    if end < 0:
        return None, at
    inner = text[start:end]
    if any(tag in inner for tag in (_KEY, _VALUE, _CLOSING)):
        return None, at
    return inner, end + len(closing)


KEY_PAIRS = Family(SOURCE, (_OPENING,), read_key_pairs)
