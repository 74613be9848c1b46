"""Where in a text something may begin, found at the speed of the expression engine.

`re` tries an expression at every character unless it begins with plain ones; for prose that is
nearly all it does. So what begins nothing is passed over in one match: whole runs of other
characters and, where code does not count, the inline code of one line.
"""

import re
from collections.abc import Iterator

_GROUP_NAME = re.compile(r"\(\?P<\w+>")
_INLINE_CODE = r"|`[^`\n]++`(?!`)"
"""One backtick on each side, in a line: code whatever follows (CommonMark 6.1)."""
SIGNS = "`~"
"""What inline code and fences begin with."""


class Places:
    """The places of a text at which `pattern` matches.

    Args:
        pattern: compiled with `re.MULTILINE`.
        first: the characters it may begin with, as a class in brackets holds them; none of
            `SIGNS`.
        at_line_start: it may also match where a line begins, whatever character stands there.
        past_code: inline code is passed over, and `stop` halts at any other of the `SIGNS`, too.
    """

    def __init__(
        self, pattern: str, first: str, *, at_line_start: bool = False, past_code: bool = False
    ) -> None:
        self._pattern = re.compile(pattern, re.MULTILINE)
        self._at_line_start = at_line_start
        unnamed = _GROUP_NAME.sub("(?:", pattern)
        stops = first + ("\n" if at_line_start else "") + (SIGNS if past_code else "")
        line_start = f"|\n(?!{unnamed})" if at_line_start else ""
        self._nothing = re.compile(
            f"(?:[^{stops}]++|(?!{unnamed})[{first}]{line_start}{_INLINE_CODE * past_code})*+",
            re.MULTILINE,
        )

    def begins(self, text: str, line: int) -> re.Match[str] | None:
        """What matches where a line may begin, for those that look there."""
        return self._pattern.match(text, line) if self._at_line_start else None

    def stop(self, text: str, start: int) -> int:
        """The first place behind `start`, or at it, where `at` finds something, or one of the
        `SIGNS`; or the text's end. What `begins` at `start` is not looked for."""
        passed = self._nothing.match(text, start)
        return passed.end() if passed else start

    def at(self, text: str, place: int) -> re.Match[str] | None:
        """What matches at a stop or, if a line ends there, where the next one begins."""
        if self._at_line_start and text[place : place + 1] == "\n":
            place += 1
        return self._pattern.match(text, place)

    def all(self, text: str) -> Iterator[re.Match[str]]:
        """One behind the other, as `re.finditer` gives them."""
        place = 0
        while place < len(text):
            match = self.begins(text, place) or self.at(text, self.stop(text, place))
            if match is None:
                return
            yield match
            place = match.end()
