"""What a model says to itself, or shows, is not an action: it is taken out before a text is read.

Thinking, tools' results echoed back (in marks, behind `Observation:`, in turns of another role),
examples, quoted lines, and all that follows a `Final Answer:`. What is taken out leaves a NUL
behind: should it have stood inside a value after all, that value is refused later, by JSON or
for its NUL, and never runs without a part of it. A mark within a whole JSON value is a part of
it, and one in backticks is only spoken of.
"""

import re
from typing import NamedTuple

from processors.formats import doubts
from processors.formats.asides import MARK, PAIRS, Kind, Mark
from processors.formats.doubts import Doubt
from processors.formats.labels import (
    ACTION,
    BEGINS_WITH,
    INPUT,
    LABEL,
    has_step,
    label_of,
    next_thought,
)
from processors.formats.pairing import marks_of, paired
from processors.formats.places import Places
from processors.formats.proposal import Unreadable
from processors.formats.surface import GONE, surface_of
from processors.formats.turns import TURN, Whose, turn_of

_CLOSING = PAIRS
_PLACES = Places(
    rf"(?=[<\[-])(?:{MARK}|{TURN})|{LABEL}", first=rf"<\[{BEGINS_WITH}\-", at_line_start=True
)
_QUOTED = re.compile(r"^[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(?:>|&gt;).*$", re.MULTILINE)
_INDENT = 100
"""White space at which a mark still begins its line."""
_SPACE = re.compile(r"[ \t]*(?:\r?\n|\Z)")


class Apart(NamedTuple):
    meant: str
    """The text a model means to be read."""
    thoughts: str
    """What it said to itself."""
    doubts: tuple[Doubt, ...] = ()
    """What may be either."""


def without_reasoning(text: str) -> Apart:
    """The text taken apart."""
    if next(_PLACES.all(text), None) is None:
        return Apart(_without_quotes(text), "")
    return _Walk(text).apart()


class _Walk:
    """One walk over the places of a text, past what is taken out."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = [
            match for match in _PLACES.all(surface_of(text).open) if not _is_spoken_of(text, match)
        ]
        self.marks = marks_of(text, self.places)
        self.closings = paired(self.marks)
        self.ends = {match.start(): match.end() for match in self.places}
        self.at = 0
        self.parts: list[str] = []
        self.thoughts: list[str] = []
        self.doubts: list[Doubt] = []
        self.has_thought = False
        """Thinking was closed before."""
        self.labels: set[str] = set()

    def apart(self) -> Apart:
        for match in self.places:
            if match.start() < self.at:
                continue
            if (mark := self.marks.get(match.start())) is not None:
                self._mark(match, mark)
            elif match["turn"] is not None or match["message"] is not None:
                self._turn(match)
            elif match["line"] is not None or match["inline"] is not None:
                self._label(match)
        self.parts.append(self.text[self.at :])
        meant = _without_quotes(GONE.join(self.parts))
        return Apart(meant, "\n".join(self.thoughts), tuple(self.doubts))

    def _take(self, start: int, end: int) -> None:
        self.parts.append(self.text[self.at : start])
        self.at = end

    def _doubt(self, text: str, problem: Unreadable, if_broken: bool = False) -> None:
        self.doubts.append(Doubt(_without_quotes(text), problem, if_broken))

    def _mark(self, match: re.Match[str], mark: Mark) -> None:
        start = match.start()
        if not mark.opens:
            if mark.nests:
                self._left_over(match, mark)
            return
        closing = self.closings.get(start)
        if closing is not None:
            self._take(start, self.ends[closing])
            if mark.kind is Kind.THINKING:
                self.thoughts.append(self.text[match.end() : closing])
                self.has_thought = True
        elif mark.kind is Kind.THINKING:
            self._unclosed_thinking(match, mark)
        elif mark.kind is Kind.RESULT or self._begins_line(start):
            self._take(start, len(self.text))
            self._doubt(self.text[match.end() :], doubts.MARKS)

    def _unclosed_thinking(self, match: re.Match[str], mark: Mark) -> None:
        """It takes all that follows. Where it opened twice and closed once, or stands within a
        line, that may be wrong."""
        start = match.start()
        last = max(
            (
                closing
                for opening, closing in self.closings.items()
                if opening > start and self.marks[opening].name == mark.name
            ),
            default=None,
        )
        self._take(start, len(self.text))
        self.thoughts.append(self.text[match.end() : last])
        if last is not None or not self._begins_line(start):
            behind = match.end() if last is None else self.ends[last]
            self._doubt(self.text[behind:], doubts.THINKING)

    def _left_over(self, match: re.Match[str], mark: Mark) -> None:
        """A closing mark without its opening. Models whose prompt opened the thinking only close
        it: all before is thinking, unless the mark stands within a sentence that speaks of it,
        or inside a call."""
        before = GONE.join([*self.parts, self.text[self.at : match.start()]])
        is_thinking = mark.kind is Kind.THINKING
        is_sure = is_thinking and not self.has_thought and not self._in_a_sentence(match)
        if is_thinking:
            self.thoughts.append(before.strip(GONE))
            self.has_thought = True
        problem = doubts.THINKING if is_thinking else doubts.MARKS
        if is_sure:
            # What was doubtful before it is thinking, too.
            self.doubts.clear()
        self._doubt(before, problem, if_broken=is_sure)
        self.labels.clear()
        self.parts = [""]
        self.at = match.end()

    def _turn(self, match: re.Match[str]) -> None:
        turn = turn_of(self.text, match)
        if turn.whose is Whose.MEANT:
            return
        self._take(match.start(), turn.next)
        if turn.whose is Whose.THOUGHT:
            self.thoughts.append(self.text[match.end() : turn.end].partition("<|end|>")[0])
        self._doubt(self.text[turn.end : turn.next], doubts.TURN)

    def _label(self, match: re.Match[str]) -> None:
        label = label_of(match)
        start, end = match.start(), match.end()
        begins = label.begins_line
        if label.name == "Observation" and (begins or self.labels):
            self._observation(start, end)
        elif label.name == "Final Answer" and (self.labels or (label.is_exact and begins)):
            self._take(start, len(self.text))
            if not self.labels:
                # No ReAct text: the words may be a heading.
                self._doubt(self.text[end:], doubts.ANSWER)
        elif begins or label.is_exact:
            self.labels.add(label.name)

    def _observation(self, start: int, end: int) -> None:
        """An observation ends where a line begins with `Thought:`. An Action in it may be quoted,
        or be the model's next step."""
        thought = next_thought(self.text, end)
        # The line break stays: the label behind it begins a line.
        until = len(self.text) if thought is None else thought - 1
        said = self.text[end:until]
        is_react = ACTION in self.labels and INPUT in self.labels
        self._take(start, max(until, end))
        if has_step(said) or (thought is None and not is_react):
            self._doubt(said, doubts.OBSERVATION)

    def _begins_line(self, start: int) -> bool:
        near = max(0, start - _INDENT)
        line = self.text.rfind("\n", near, start)
        return (line >= 0 or near == 0) and not self.text[line + 1 : start].strip()

    def _in_a_sentence(self, match: re.Match[str]) -> bool:
        """Words on both sides on the same line, apart from the mark."""
        start, end = match.span()
        before, after = self.text[max(0, start - 1) : start], self.text[end : end + 1]
        is_apart = before in (" ", "\t", '"', "'", "(") and not after.isalnum() and after != "<"
        ends_line = _SPACE.match(self.text, end) is not None
        return is_apart and not ends_line and not self._begins_line(start)


def _is_spoken_of(text: str, match: re.Match[str]) -> bool:
    return text[match.start() - 1 : match.start()] == "`" == text[match.end() : match.end() + 1]


def _without_quotes(text: str) -> str:
    return _QUOTED.sub(GONE, text)
