"""Marks around what a model says to itself, was told by a tool, or shows.

Models write such marks in any case, with attributes, and with a space before the `>`.
"""

import re
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    THINKING = "thinking"
    """Never closed, it takes all that follows: a model stops within its thoughts."""
    RESULT = "result"
    """What a tool said: never closed, nobody can tell where the model goes on."""
    EXAMPLE = "example"
    """Never closed within a line, the mark is only spoken of."""


THINKING_TAGS = ("think", "thinking", "thought", "thoughts", "reasoning", "seed:think")
RESULT_TAGS = (
    *("tool_response", "tool_responses", "tool_result", "tool_results", "tool_output"),
    *("tool_outputs", "function_result", "function_results", "function_response"),
    *("function_output", "function_call_output", "observation"),
)
EXAMPLE_TAGS = ("example", "examples")


class Fixed(NamedTuple):
    """Marks that are no tags."""

    opening: str
    closing: str
    kind: Kind
    nests: bool = True


FIXED = (
    Fixed("[THINK]", "[/THINK]", Kind.THINKING),
    Fixed("<|START_THINKING|>", "<|END_THINKING|>", Kind.THINKING),
    Fixed("<|channel>thought", "<channel|>", Kind.THINKING),
    Fixed("<|tool_response>", "<tool_response|>", Kind.RESULT),
    Fixed("<start_function_response>", "<end_function_response>", Kind.RESULT),
    Fixed("[TOOL_RESULTS]", "[/TOOL_RESULTS]", Kind.RESULT),
    Fixed("<!--", "-->", Kind.EXAMPLE, nests=False),
)
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(THINKING_TAGS, Kind.THINKING),
    **dict.fromkeys(RESULT_TAGS, Kind.RESULT),
    **dict.fromkeys(EXAMPLE_TAGS, Kind.EXAMPLE),
}
_OPENINGS = {pair.opening.lower(): pair for pair in FIXED}
_CLOSINGS = {pair.closing.lower(): pair for pair in FIXED}
_ANY_FIXED = "|".join(re.escape(mark) for mark in (*_OPENINGS, *_CLOSINGS))
_NAMES = "|".join(map(re.escape, _KINDS))
MARK = (
    rf"(?i:(?P<fixed>{_ANY_FIXED})"
    rf"|<(?P<slash>/?)(?P<tag>{_NAMES})(?P<rest>\s[^<>]{{0,200}})?>)"
)
PAIRS: dict[str, str] = {
    **{f"<{tag}>": f"</{tag}>" for tag in _KINDS},
    **{pair.opening: pair.closing for pair in FIXED},
}
"""Each opening mark, as it is usually written, and what closes it."""


class Mark(NamedTuple):
    name: str
    """Equal for an opening and what closes it."""
    kind: Kind
    opens: bool
    nests: bool


def mark_of(match: re.Match[str]) -> Mark | None:
    """The mark that `MARK` matched; None for a tag that is empty (`<think />`)."""
    fixed, tag = match["fixed"], match["tag"]
    if fixed is not None:
        opened = _OPENINGS.get(fixed.lower())
        pair = opened or _CLOSINGS[fixed.lower()]
        return Mark(pair.opening, pair.kind, opened is not None, pair.nests)
    if (match["rest"] or "").endswith("/"):
        return None
    return Mark(tag.lower(), _KINDS[tag.lower()], not match["slash"], True)
