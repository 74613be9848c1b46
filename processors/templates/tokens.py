"""A template's blocks, and what stands in them, cut as the engine cuts them.

Where our cutting and the engine's could differ (braces inside a block, other than its own),
the text is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_SOURCE = 4_000
MOST_TOKENS = 400
"""Of all blocks of one text."""

OPENING = re.compile(r"\{\{|\{%|\{#")
BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))
      | (?P<name>[^\W\d]\w*)
      | (?P<operator>==|!=|<=|>=|//|[-+~/%.,:|()\[\]<>])
    )""",
    re.VERBOSE | re.DOTALL,
)


class Refused(Exception):
    """Why a text is no template; for people."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    """text | number | name | operator"""
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    opening: str
    """`{{`, `{%` or `{#`"""
    tokens: tuple[Token, ...]
    start: int
    end: int


def blocks(source: str) -> Iterator[Block]:
    """
    Raises:
        Refused: a block is not closed, or holds a sign that has no place there.
    """
    if len(source) > MOST_SOURCE:
        raise Refused(f"a text is at most {MOST_SOURCE} characters long")
    if any("\ud800" <= sign <= "\udfff" for sign in source):
        raise Refused("a text holds half a surrogate pair")
    position = tokens_seen = 0
    while (opening := OPENING.search(source, position)) is not None:
        tokens: list[Token] = []
        if opening.group() == "{#":
            position = _after_comment(source, opening.end())
        else:
            closing = "}}" if opening.group() == "{{" else "%}"
            position = _read(source, opening.end(), closing, tokens)
            tokens_seen += len(tokens)
            if tokens_seen > MOST_TOKENS:
                raise Refused(f"a text has at most {MOST_TOKENS} words and signs in its blocks")
        yield Block(opening.group(), tuple(tokens), opening.start(), position)


def _after_comment(source: str, start: int) -> int:
    end = source.find("#}", start)
    if end < 0:
        raise Refused("a comment is not closed")
    return end + 2


def _read(source: str, position: int, closing: str, tokens: list[Token]) -> int:
    """The tokens up to the block's end, and where that is."""
    while True:
        rest = len(source) - len(source[position:].lstrip())
        if source.startswith(closing, rest):
            return rest + 2
        match = _TOKEN.match(source, position)
        if match is None or match.lastgroup is None:
            raise Refused(_unexpected(source[rest : rest + 1], closing))
        kind = match.lastgroup
        if kind == "text" and BRACES.search(match.group(kind)):
            raise Refused("a quoted text inside a block holds no `{{`, `{%` or `{#`")
        tokens.append(Token(kind, match.group(kind), match.start(kind), match.end(kind)))
        position = match.end()


def _unexpected(sign: str, closing: str) -> str:
    if not sign:
        return f"a block is not closed by `{closing}`"
    if sign == "*":
        return "`*` is not offered, since it also repeats texts: say `multiply(a, b)`"
    return f"`{sign}` has no place in an expression"
