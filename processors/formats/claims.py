"""What the formats of a text claim, each in its own part of it; two that claim calls are refused.

| who | looks at |
|---|---|
| a family | the surface: no mark in a text of a JSON value counts |
| ReAct, and JSON before its first label; or blocks and JSON in prose | what the blocks leave |
| lists and dicts of calls as Python has them, among words | what the blocks leave |

A block of one family that stands wholly inside a block of another is part of a value there, and
says nothing. Which of two formats the model meant would be a guess, and to take the first would
lose the other without a word.
"""

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from processors.formats.blocks import claims_call_in_python, read_blocks
from processors.formats.family import Family, Found
from processors.formats.lists_among_words import read_lists_among_words
from processors.formats.proposal import Unreadable
from processors.formats.react import before_labels, looks_like_react, read_react
from processors.formats.surface import Surface, surface_of


class _Claim(NamedTuple):
    name: str
    found: Found
    taken: list[tuple[int, int]]


def read_claims(text: str, families: tuple[Family, ...]) -> Found:
    """What the one format proposes that claims calls; nothing if none does."""
    surface = surface_of(text)
    claims = [_claim(family, surface) for family in families if _is_marked(family, surface)]
    left = surface.without([span for claim in claims for span in claim.taken])
    calls = [
        (claim.name, claim.found)
        for claim in claims
        if claim.found and not any(_holds(other, claim) for other in claims)
    ]
    calls += [(name, found) for name, found in _in_prose(left) if found]
    if calls and claims_call_in_python(left):
        calls.append(("a dict of Python", []))
    if len(calls) > 1:
        names = " and ".join(name for name, _ in calls)
        return [Unreadable("several_formats", f"calls in several formats: {names}")]
    return calls[0][1] if calls else []


def _in_prose(left: Surface) -> Iterator[tuple[str, Found]]:
    blocks = left
    if looks_like_react(left.open):
        yield "react", read_react(left.text, left.open)
        # What a tool answered in ReAct text is no block, whatever it holds.
        blocks = left.up_to(before_labels(left.open))
    yield "JSON in the text", read_blocks(blocks)
    yield "Python calls among words", read_lists_among_words(blocks)


def _claim(family: Family, surface: Surface) -> _Claim:
    own = surface.again()
    return _Claim(family.name, family.reader(own), own.taken)


def _is_marked(family: Family, surface: Surface) -> bool:
    return any(mark in surface.open for mark in family.marks)


def _holds(other: _Claim, claim: _Claim) -> bool:
    """Whether each block of the claim begins and ends inside a block of the other."""
    starts = [start for start, _ in other.taken]
    for start, end in claim.taken:
        before = bisect_left(starts, start) - 1
        if before < 0 or end > other.taken[before][1]:
            return False
    return bool(claim.taken) and other.found != []
