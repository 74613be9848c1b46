"""Parts of a text of which nobody can tell whether the model means them.

They are not read as meant, and are not lost silently either: where one holds a call, that is an
error.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from processors.formats.family import Found
from processors.formats.proposal import Unreadable


class Doubt(NamedTuple):
    text: str
    problem: Unreadable
    """What is told if the text holds a call."""
    if_broken: bool = False
    """Told only if a call in it has no end: then what stands behind it may be a part of it."""


def told(doubts: Sequence[Doubt], read: Callable[[str], Found]) -> Found:
    """What the doubtful parts of a text make of it, each problem once."""
    problems: Found = []
    for text, problem, if_broken in doubts:
        if problem in problems or not text.strip("\x00 \t\r\n"):
            continue
        found = read(text)
        if any(isinstance(item, Unreadable) for item in found) if if_broken else found:
            problems.append(problem)
    return problems


OBSERVATION = Unreadable(
    "observation_ambiguous",
    "a call stands behind `Observation:` without a line that begins with `Thought:`",
)
ANSWER = Unreadable("answer_ambiguous", "a call stands behind `Final Answer:`")
THINKING = Unreadable(
    "thinking_ambiguous", "a mark of thinking stands where a call may or may not be meant"
)
MARKS = Unreadable("marks_do_not_match", "a mark without its other half stands beside a call")
TURN = Unreadable("turn_ambiguous", "a call stands between two turns of a conversation")
