"""What a model says to itself, or shows, is not an action: it is taken out before a text is read.

Thinking, tools' results echoed back, examples and quoted lines. What is taken out leaves a NUL
behind: should it have stood inside a value after all, that value is refused later, by JSON or
for its NUL, and never runs without a part of it.
"""

import re
from typing import NamedTuple

GONE = "\x00"

_THINKING: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
    ("<seed:think>", "</seed:think>"),
)
_OTHERS: tuple[tuple[str, str], ...] = (
    ("<tool_response>", "</tool_response>"),
    ("<|tool_response>", "<tool_response|>"),
    ("<tool_result>", "</tool_result>"),
    ("<tool_output>", "</tool_output>"),
    ("<function_results>", "</function_results>"),
    ("[TOOL_RESULTS]", "[/TOOL_RESULTS]"),
    ("<example>", "</example>"),
    ("<examples>", "</examples>"),
)
"""(opening, closing). An opening that is never closed takes all that follows."""
_CLOSED_ONLY = ("</think>", "</thinking>", "</seed:think>", "[/THINK]")
"""Models whose prompt opened the thinking only close it: all before the last one is thinking."""
_CLOSING = dict(_THINKING + _OTHERS)
_THOUGHTS = dict(_THINKING)
_OPENING = re.compile("|".join(re.escape(opening) for opening in _CLOSING))
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


class Apart(NamedTuple):
    meant: str
    """The text a model means to be read."""
    thoughts: str
    """What it said to itself."""


def without_reasoning(text: str) -> Apart:
    """The text taken apart."""
    parts: list[str] = []
    thoughts: list[str] = []
    position = 0
    while (match := _OPENING.search(text, position)) is not None:
        closing = _CLOSING[match.group()]
        end = text.find(closing, match.end())
        parts.append(text[position : match.start()])
        position = len(text) if end < 0 else end + len(closing)
        if match.group() in _THOUGHTS:
            thoughts.append(text[match.end() : end if end >= 0 else position])
    parts.append(text[position:])
    left = GONE.join(parts)
    for closing in _CLOSED_ONLY:
        before, found, after = left.rpartition(closing)
        if found:
            thoughts.insert(0, before.strip(GONE))
            left = GONE + after
    return Apart(_QUOTED.sub(GONE, left), "\n".join(thoughts))
