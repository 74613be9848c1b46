"""Blocks of a text: what begins at a mark, and the JSON that stands in it.

The families whose calls stand behind marks walk a text the same way, from mark to mark. Where a
block's end cannot be told, for its JSON is cut off or broken, nothing behind it is read: a mark
further on may stand inside one of that block's strings, and a call read there would be invented.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from processors.formats.family import MOST_ACTIONS, Found
from processors.formats.json_text import FENCES
from processors.formats.shown import Walk

_SPACE = re.compile(r"\s*")
_CLOSING_FENCE = re.compile(r"\s*```(?![\w`])")


class Block(NamedTuple):
    """What a block holds, and where the text behind it begins; `None` if nobody can tell."""

    found: Found
    end: int | None


ReadBlock = Callable[[str, int], Block]
"""Reads the block whose mark ends at the given place. Takes time linear in what it passes over,
or ends the walk."""


def read_marked(text: str, readers: Mapping[str, ReadBlock]) -> Found:
    """What the blocks hold, in order. `readers`: how to read behind each opening mark."""
    walk = Walk("|".join(map(re.escape, readers)), text)
    found: Found = []
    at = 0
    while (opening := walk.next(at)) is not None:
        block = readers[opening.group()](text, opening.end())
        found += block.found
        if block.end is None or len(found) > MOST_ACTIONS:
            break
        at = block.end
        fence = _CLOSING_FENCE.match(text, at) if block.found else None
        if fence is not None:
            # It closes what is around the block's JSON, and opens no code behind it.
            at = fence.end()
            walk.in_fence = False
    return found


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
