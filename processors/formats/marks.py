"""Blocks of a text: what begins at a mark, and the JSON that stands in it.

The families whose calls stand behind marks walk a text the same way, from mark to mark. Where a
block's end cannot be told, for its JSON is cut off or broken, nothing behind it is read: a mark
further on may stand inside one of that block's strings, and a call read there would be invented.
A mark inside a text of a JSON value, in a block or outside, is data (`surface`).
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from processors.formats.family import MOST_ACTIONS, Found
from processors.formats.json_text import FENCES
from processors.formats.places import Places
from processors.formats.proposal import Unreadable
from processors.formats.shown import Walk, is_announced
from processors.formats.surface import Surface

_SPACE = re.compile(r"\s*")
_CLOSING_FENCE = re.compile(r"\s*(?>`{3,}|~{3,})(?!\w)")
_TAGS = re.compile(r"(?:\s|</?\w{1,40}>)*+")
"""What may stand between two calls of one example."""
UNMATCHED = Unreadable("marks_do_not_match", "a value's closing mark stands outside every call")
ENDS_IN_DATA = Unreadable("marks_do_not_match", "a call's closing mark stands inside a JSON text")


class Block(NamedTuple):
    """What a block holds, and where the text behind it begins; `None` if nobody can tell."""

    found: Found
    end: int | None
    is_data: bool = False
    """It holds no call, and what stands in it is none, whatever it looks like."""


ReadBlock = Callable[[str, int], Block]
"""Reads the block whose mark ends at the given place. Takes time linear in what it passes over,
or ends the walk."""


def read_marked(surface: Surface, readers: Mapping[str, ReadBlock]) -> Found:
    """What the blocks hold, in order. `readers`: how to read behind each opening mark."""
    text = surface.text
    walk = Walk(_places(tuple(readers)), surface.open)
    found: Found = []
    at = 0
    shown = False
    while (opening := walk.next(at)) is not None:
        block = readers[opening.group()](text, opening.end())
        shown = bool(block.found and block.end) and (
            is_announced(surface.open, opening.start())
            or (shown and _TAGS.fullmatch(text, at, opening.start()) is not None)
        )
        found += [] if shown else block.found
        at = len(text) if block.end is None else block.end
        fence = _CLOSING_FENCE.match(text, at) if block.found else None
        if fence is not None and not walk.in_fence:
            at = fence.end()
        if block.is_data or (block.found and UNMATCHED not in block.found):
            surface.taken.append((opening.start(), at))
        if block.end is None or len(found) > MOST_ACTIONS:
            break
        if block.found and surface.is_data(block.end - 1):
            return [*found, ENDS_IN_DATA]
        if fence is not None:
            # It closes what is around the block's JSON, and opens no code behind it.
            at = fence.end()
            walk.in_fence = ""
    return found


@lru_cache(maxsize=32)
def _places(openings: tuple[str, ...]) -> Places:
    first = "".join(sorted({re.escape(opening[0]) for opening in openings}))
    return Places("|".join(map(re.escape, openings)), first, past_code=True)


def past_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def past_fence(text: str, at: int) -> int:
    """Past white space and a code fence, opening or closing, that models put around JSON."""
    at = past_space(text, at)
    for fence in FENCES:
        if text.startswith(fence, at):
            return past_space(text, at + len(fence))
    return at


def ends_at(text: str, at: int) -> bool:
    """Whether a block can end here: at a closing mark, and, as models forget it, at any other
    mark or the text's end. Other text shows that the JSON before it was not the whole payload."""
    at = past_fence(text, at)
    return at == len(text) or text[at] == "<"
