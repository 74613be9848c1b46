"""Blocks of a text: what begins at a mark, and the JSON that stands in it.

The families whose calls stand behind marks walk a text the same way, from mark to mark. Where a
block's end cannot be told, for its JSON is cut off or broken, nothing behind it is read: a mark
further on may stand inside one of that block's strings, and a call read there would be invented.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from processors.formats.family import Found
from processors.formats.json_text import JsonRead, read_json
from processors.formats.proposal import Unreadable

FENCES = ("```json", "```")
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"\s*")


class Block(NamedTuple):
    """What a block holds, and where the text behind it begins; `None` if nobody can tell."""

    found: Found
    end: int | None


class JsonPart(NamedTuple):
    """A value, or why it is refused, and where it ends; `None` if it has no end."""

    found: JsonRead | Unreadable
    end: int | None


ReadBlock = Callable[[str, int], Block]
"""Reads the block whose mark ends at the given place. Takes time linear in what it passes over,
or ends the walk."""


def read_marked(text: str, readers: Mapping[str, ReadBlock]) -> Found:
    """What the blocks hold, in order. `readers`: how to read behind each opening mark."""
    openings = re.compile("|".join(map(re.escape, readers)))
    found: Found = []
    at: int | None = 0
    while at is not None and (opening := openings.search(text, at)) is not None:
        if _is_quoted(text, opening.start()):
            at = opening.end()
            continue
        block = readers[opening.group()](text, opening.end())
        found += block.found
        at = block.end
    return found


def _is_quoted(text: str, start: int) -> bool:
    """Whether a mark opens Markdown's inline code: a model that shows a call does not make it.
    A backtick behind a word closes other code, and three open a fence."""
    before = text[max(start - 2, 0) : start]
    return before == "`" or (before[1:] == "`" and (before[0].isspace() or before[0] in "(\"'"))


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


def json_at(text: str, at: int) -> JsonPart:
    """The JSON value that begins at `at`. The decoder tells where it ends, `read_json` what it
    is, under the bounds that hold for all JSON."""
    try:
        _, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        return JsonPart(Unreadable("not_json", f"not JSON: {error.msg}"), None)
    except (RecursionError, ValueError):  # an integer of thousands of digits is a ValueError
        why = "not JSON: nested too deep, or a number too long"
        return JsonPart(Unreadable("not_json", why), None)
    return JsonPart(read_json(text[at:end]), end)
