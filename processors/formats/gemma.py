"""Calls as Gemma writes them: JSON-like, with tokens of its own for quotes.

    <|tool_call>call:get_weather{city:<|"|>Paris<|"|>,days:3}<tool_call|>            Gemma 4
    <start_function_call>call:get_weather{city:<escape>Paris<escape>}<end_function_call>

Texts are quoted and hold anything but the format's own tokens; keys are bare, or quoted as a text
is; a bare value is a JSON number, true, false or null. Everything else is refused: whether
`{city:Paris}` lost its quotes, or half of its value, nobody can tell.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from processors.formats.family import Family, Found
from processors.formats.json_text import DEEPEST, JSON_WORDS, read_json
from processors.formats.marks import Block, ReadBlock, past_space, read_marked
from processors.formats.named_call import named_call
from processors.formats.proposal import JsonDict, Unreadable
from processors.formats.surface import Surface
from processors.formats.unmatched import if_matched, read_unmatched

SOURCE = "gemma"
_BARE = re.compile(r'[^:,{}\[\]<>"]*')


class Tokens(NamedTuple):
    opening: str
    quote: str
    closing: str


DIALECTS = (
    Tokens("<|tool_call>", '<|"|>', "<tool_call|>"),  # Gemma 4
    Tokens("<start_function_call>", "<escape>", "<end_function_call>"),  # FunctionGemma
)


class _Malformed(Exception):
    """Why a call cannot be read. Stays within this file."""


def read_gemma(surface: Surface) -> Found:
    """The calls, in order."""
    return if_matched(read_marked(surface, _READERS | _UNMATCHED))


def _block(text: str, at: int, tokens: Tokens) -> Block:
    """A call that left a text open may have lost its end: nothing behind it is read, for the
    next opening token may stand inside that text."""
    end = text.find(tokens.closing, at)
    source = text[at:end]
    if end < 0 or tokens.opening in source:
        return Block([Unreadable("call_not_closed", f"{tokens.closing} is missing")], None)
    after = end + len(tokens.closing)
    try:
        name, params = _Reader(source, tokens.quote).call()
    except _Malformed as fault:
        is_open = source.count(tokens.quote) % 2 == 1
        return Block([Unreadable("call_unreadable", str(fault))], None if is_open else after)
    return Block([named_call(name, params, SOURCE)], after)


class _Reader:
    """Reads one call by recursive descent. Every method begins at `at` and leaves it behind what
    it read, or raises `_Malformed`."""

    def __init__(self, text: str, quote: str) -> None:
        self.text = text
        self.quote = quote
        self.at = 0

    def call(self) -> tuple[str, JsonDict]:
        """`call:NAME{…}`; the word `call` may be missing."""
        head, _, _ = self.text.partition("{")
        word, colon, name = head.partition(":")
        if word.strip() not in ("call", "") or not colon:
            raise _Malformed("expected `call:`, a name and `{`")
        self.at = len(head)
        params = self._object(0)
        if past_space(self.text, self.at) != len(self.text):
            raise _Malformed("text follows the call's last `}`")
        return name.strip(), params

    def _value(self, depth: int) -> JsonValue:
        self._pass_space()
        if depth > DEEPEST:
            raise _Malformed(f"nested deeper than {DEEPEST}")
        if self.text.startswith(self.quote, self.at):
            return self._quoted()
        if self.text.startswith("{", self.at):
            return self._object(depth)
        if self.text.startswith("[", self.at):
            return [self._value(depth + 1) for _ in self._items("[", "]")]
        return self._scalar()

    def _object(self, depth: int) -> JsonDict:
        found: JsonDict = {}
        for _ in self._items("{", "}"):
            key = self._key()
            if key in found:
                raise _Malformed("a name is given twice in one object")
            found[key] = self._value(depth + 1)
        return found

    def _items(self, opening: str, closing: str) -> Iterator[None]:
        """Stops where each item begins; who iterates reads it."""
        self._expect(opening)
        if self._took(closing):
            return
        while True:
            yield
            if self._took(closing):
                return
            self._expect(",")

    def _key(self) -> str:
        self._pass_space()
        is_quoted = self.text.startswith(self.quote, self.at)
        key = self._quoted() if is_quoted else self._bare()
        self._expect(":")
        if not key:
            raise _Malformed("a value has no name")
        return key

    def _quoted(self) -> str:
        start = self.at + len(self.quote)
        end = self.text.find(self.quote, start)
        if end < 0:
            raise _Malformed("a text has no end")
        self.at = end + len(self.quote)
        return self.text[start:end]

    def _scalar(self) -> JsonValue:
        word = self._bare()
        if word in JSON_WORDS:
            return JSON_WORDS[word]
        found = read_json(word)
        if isinstance(found, Unreadable) or not isinstance(found.value, int | float):
            raise _Malformed("a bare value is no number, true, false or null")
        return found.value

    def _bare(self) -> str:
        match = _BARE.match(self.text, self.at)
        bare = match.group() if match else ""
        self.at += len(bare)
        return bare.strip()

    def _expect(self, mark: str) -> None:
        if not self._took(mark):
            raise _Malformed(f"expected `{mark}`")

    def _took(self, mark: str) -> bool:
        self._pass_space()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def _pass_space(self) -> None:
        self.at = past_space(self.text, self.at)


def _reader(tokens: Tokens) -> ReadBlock:
    return lambda text, at: _block(text, at, tokens)


_READERS = {tokens.opening: _reader(tokens) for tokens in DIALECTS}
_UNMATCHED: dict[str, ReadBlock] = {tokens.closing: read_unmatched for tokens in DIALECTS}

GEMMA = Family(SOURCE, tuple(_READERS), read_gemma)
