"""Code that a text shows: a model that writes about a call does not make it.

Shown is Markdown's inline code, a fenced block in another language (CommonMark 4.5: three or more
of one sign, closed by at least as many), any fenced block that the words before it call an
example, and a call right behind a line that announces one and ends with a colon. Models put calls
they mean into plain fences, and into fences of the languages in `READ_LANGUAGES`; those are read.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from processors.formats.places import SIGNS, Places

READ_LANGUAGES = ("", "json", "tool_code", "tool_call", "tool_calls")
_OPENING = r"(?P<sign>(?>`{3,}|~{3,}))[ \t]{0,8}+(?P<language>[A-Za-z0-9_+.#-]*+)(?=[^\n`]*$)"
"""Nothing in it is given back: each line is looked at once."""
FENCE = rf"^[ \t]*{_OPENING}"
_FENCE_HERE = re.compile(_OPENING, re.MULTILINE)
_RUN = re.compile(r"`+|~+")
_LEAST_SIGNS = 3
_MOST_TICKS = 8
"""Around inline code. More open none: each number of them is looked for on its own."""
_ANNOUNCING = (
    r"e\.g\.|z\. ?B\.|p\. ?ex\.|p\. ?ej\.|(?:examples?|for instance|such as|looks? like|ejemplos?|"
    r"beispiele?|beispielsweise|exemples?|exemplos?|esempi[oi]?|voorbeeld|exempel|przykład)\b"
)
_EXAMPLE = re.compile(
    rf"\b(?:{_ANNOUNCING}|(?:could|would|might|schema|format|podría|podrías|formato)\b)",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(rf"\b(?:{_ANNOUNCING})(?:(?![.!?]\s)[^\n])*[:：][*_ \t]*\Z", re.IGNORECASE)
"""Words that only say what a model would like (`could`, `would`) announce real calls, too."""
_BEFORE = 200
"""Characters before a block in which it may be called an example."""


@lru_cache(maxsize=64)
def _closing(sign: str, is_strict: bool) -> re.Pattern[str]:
    behind = r"[ \t]*\r?$" if is_strict else ""
    return re.compile(rf"^[ \t]*{sign[0]}{{{len(sign)},}}+{behind}", re.MULTILINE)


@lru_cache(maxsize=_MOST_TICKS)
def _ticks(count: int) -> re.Pattern[str]:
    """What ends inline code that opened with so many backticks: as many, or its paragraph."""
    return re.compile(rf"(?<!`)`{{{count}}}(?!`)|\n[ \t]*\r?\n")


class Walk:
    """Walks a text from one place to the next, past what is shown."""

    def __init__(self, places: Places, text: str) -> None:
        """`places`: made with `past_code`."""
        self.text = text
        self.in_fence = ""
        """The sign of a block that is read: the next bare fence closes it and opens none."""
        self._places = places

    def next(self, at: int) -> re.Match[str] | None:
        """The first place at or behind `at` that is not shown."""
        text, places = self.text, self._places
        while at < len(text):
            if (match := places.begins(text, at)) is not None:
                return match
            stop = places.stop(text, at)
            if stop == len(text) or text[stop] not in SIGNS:
                return places.at(text, stop)
            at = self._past_signs(at, stop)
        return None

    def _past_signs(self, at: int, start: int) -> int:
        """`at`: nothing between it and `start` is a fence."""
        signs = _RUN.match(self.text, start)
        assert signs is not None
        if len(signs.group()) >= _LEAST_SIGNS:
            line = _line_start(self.text, at, start)
            fence = None if line is None else _FENCE_HERE.match(self.text, start)
            if line is not None and fence is not None:
                return self._past_fence(line, fence)
        return _past_code(self.text, signs) if signs.group()[0] == "`" else signs.end()

    def _past_fence(self, line: int, fence: re.Match[str]) -> int:
        sign, language = fence["sign"], fence["language"]
        if self.in_fence and not language and sign.startswith(self.in_fence):
            self.in_fence = ""
            return fence.end()
        if not is_shown(self.text, line, language):
            self.in_fence = sign
            return fence.end()
        self.in_fence = ""
        return end_of_fence(self.text, fence).end


def _line_start(text: str, at: int, start: int) -> int | None:
    """Where the line begins whose first sign stands at `start`; None if more stands before it.
    Looks back no further than `at`, so that a walk looks at each place once."""
    line = text.rfind("\n", at, start) + 1
    if line == 0:
        if at > 0 and text[at - 1] != "\n":
            return None
        line = at
    return None if text[line:start].strip(" \t") else line


class FenceEnd(NamedTuple):
    body_end: int
    end: int
    """Behind the closing fence; equal to `body_end` if there is none: then it takes all."""


def end_of_fence(text: str, fence: re.Match[str], *, is_strict: bool = True) -> FenceEnd:
    """Where the block that `FENCE` opened ends. `is_strict`: nothing else stands on the line that
    closes it, as CommonMark has it."""
    closing = _closing(fence["sign"], is_strict).search(text, fence.end())
    return FenceEnd(*closing.span()) if closing else FenceEnd(len(text), len(text))


def is_shown(text: str, start: int, language: str) -> bool:
    """Whether a block in this language that begins at `start` is no call, whatever it holds."""
    return language.lower() not in READ_LANGUAGES or is_example(text, start)


def is_example(text: str, start: int) -> bool:
    """Whether the last line with words before `start` calls what follows an example."""
    words = text[max(0, start - _BEFORE) : start].rstrip()
    return _EXAMPLE.search(words, words.rfind("\n") + 1) is not None


def is_announced(text: str, start: int) -> bool:
    """Whether the words right before a call announce an example, and end with a colon. Tags that
    wrap the call may stand between."""
    words = text[max(0, start - _BEFORE) : start].rstrip()
    while words.endswith(">") and (opening := words.rfind("<")) >= 0:
        words = words[:opening].rstrip()
    return _ANNOUNCED.search(words, words.rfind("\n") + 1) is not None


def _past_code(text: str, ticks: re.Match[str]) -> int:
    count = len(ticks.group())
    closing = _ticks(count).search(text, ticks.end()) if count <= _MOST_TICKS else None
    return closing.end() if closing and closing.group()[0] == "`" else ticks.end()
