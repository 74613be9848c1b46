"""One mutated output for each number of a seed: the same two give the same output anywhere."""

import json
import re
from collections.abc import Callable
from random import Random

from pydantic import JsonValue

from tests.fragments import PIECES, enveloped

LONGEST = 4_000
"""Characters: long outputs find nothing that short ones do not, but the limits' own tests."""
_LOOSE = (
    *(('"', "'"), (r'"([^"]*)"', r"“\1”"), (r'"(\w+)":', r"\1:"), (r'"([^"]*)"', "None")),
    *((r'([\]}"0-9])([\]}])', r"\1,\2"), (", ", " "), (r"[\]}]+\s*$", ""), (r"[\]}]\s*(?=<)", "")),
    *((": ", ": NaN or "), ("[0-9]", "0x1"), (r'"([^"]*)"', "true"), (r"\w", "\n")),
    *((r"\w\b", r"\\d"), ("$", "```"), (r"([{,])", r"\1 // x\n"), (r"([{,])", r"\1 /* y */")),
    *((r'"([^"]*)"', r'"\1" "\1"'), (r"\d", ".")),
)
"""(pattern, replacement)"""
_BRACKETS = "{}[]()<>\"'`,:|\\/#=;"


def mutated(seed: int, number: int, seeds: list[str]) -> JsonValue:
    draw = Random(f"{seed}/{number}")
    text = draw.choice(seeds)
    for _ in range(draw.choice((0, 1, 1, 2, 3, 5, 8))):
        text = draw.choice(_MUTATIONS)(text, draw, seeds)[:LONGEST]
    return _placed(text, draw)


def _placed(text: str, draw: Random) -> JsonValue:
    """The text itself; the object it is the JSON of; or held as providers hold texts."""
    form = draw.randrange(8)
    if form < 2:
        try:
            value: JsonValue = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return value
    return draw.choice(enveloped(text)) if form == 2 else text


def _flip(text: str, draw: Random, seeds: list[str]) -> str:
    """A bit of a byte: what is no UTF-8 any more becomes surrogates."""
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    if raw:
        raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
    return raw.decode("utf-8", "surrogateescape")


def _cut(text: str, draw: Random, seeds: list[str]) -> str:
    start, end = _span(text, draw)
    return text[:start] + text[end:]


def _cut_off(text: str, draw: Random, seeds: list[str]) -> str:
    return text[: draw.randrange(len(text) + 1)]


def _repeat(text: str, draw: Random, seeds: list[str]) -> str:
    start, end = _span(text, draw)
    return text[:end] + text[start:end] * draw.choice((1, 2, 3, 60)) + text[end:]


def _swap(text: str, draw: Random, seeds: list[str]) -> str:
    start, end = _span(text, draw)
    at = draw.randrange(len(text) + 1)
    return _put(text, text[start:end], at)


def _splice(text: str, draw: Random, seeds: list[str]) -> str:
    """The one's beginning and the other's end."""
    other = draw.choice(seeds)
    return text[: draw.randrange(len(text) + 1)] + other[draw.randrange(len(other) + 1) :]


def _nest(text: str, draw: Random, seeds: list[str]) -> str:
    return _put(text, draw.choice(seeds), draw.randrange(len(text) + 1))


def _piece(text: str, draw: Random, seeds: list[str]) -> str:
    return _put(text, draw.choice(PIECES), draw.randrange(len(text) + 1))


def _bracket(text: str, draw: Random, seeds: list[str]) -> str:
    return _put(text, draw.choice(_BRACKETS), draw.randrange(len(text) + 1))


def _character(text: str, draw: Random, seeds: list[str]) -> str:
    code = draw.choice((draw.randrange(128), draw.randrange(0x3000), draw.randrange(0x110000)))
    at = draw.randrange(len(text) + 1)
    return text[:at] + chr(code) + text[at + draw.randrange(2) :]


def _escape(text: str, draw: Random, seeds: list[str]) -> str:
    """A part as it would stand in a JSON text."""
    start, end = _span(text, draw)
    return text[:start] + json.dumps(text[start:end])[1:-1] + text[end:]


def _loosen(text: str, draw: Random, seeds: list[str]) -> str:
    """JSON as models break it, in one place or in all."""
    strict, loose = draw.choice(_LOOSE)
    return re.sub(strict, loose, text, count=draw.choice((0, 1, 2)))


def _put(text: str, what: str, at: int) -> str:
    return text[:at] + what + text[at:]


def _span(text: str, draw: Random) -> tuple[int, int]:
    start = draw.randrange(len(text) + 1)
    return start, min(len(text), start + draw.choice((1, 1, 2, 5, 20, 100)))


_MUTATIONS: tuple[Callable[[str, Random, list[str]], str], ...] = (
    *(_flip, _cut, _cut, _cut_off, _repeat, _swap, _splice, _splice, _nest),
    *(_piece, _piece, _bracket, _bracket, _character, _escape),
    *(_loosen, _loosen, _loosen),
)
