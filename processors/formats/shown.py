"""Code that a text shows: a model that writes about a call does not make it.

Shown is Markdown's inline code, a fenced block in another language, and any fenced block that the
words before it call an example. Models put calls they mean into plain fences, and into fences of
the languages in `READ_LANGUAGES`; those are read.
"""

import re

READ_LANGUAGES = ("", "json", "tool_code", "tool_call", "tool_calls")
_FENCE = r"^[ \t]*```(?P<language>[A-Za-z0-9_+.#-]*)(?=[^\n`]*$)"
_CLOSING = re.compile(r"^[ \t]*```[ \t]*$", re.MULTILINE)
_TICKS = {
    count: re.compile(rf"(?<!`)`{{{count}}}(?!`)|\n[ \t]*\n", re.MULTILINE) for count in (1, 2, 3)
}
"""What ends inline code that opened with so many backticks: as many, or its paragraph."""
_EXAMPLE = re.compile(
    r"\b(?:e\.g\.|(?:example|for instance|such as|looks? like|could|would|might|schema|format|"
    r"ejemplo|podría|podrías|formato)\b)",
    re.IGNORECASE,
)
_BEFORE = 200
"""Characters before a block in which it may be called an example."""


class Walk:
    """Walks a text from one place that `pattern` describes to the next, past what is shown."""

    def __init__(self, pattern: str, text: str) -> None:
        self.text = text
        self.in_fence = False
        """Within a block that is read: the next bare fence closes it and opens none."""
        self._places = re.compile(
            f"(?P<meant>{pattern})|(?P<fence>{_FENCE})|(?P<ticks>`+)", re.MULTILINE
        )

    def next(self, at: int) -> re.Match[str] | None:
        """The first place at or behind `at` that is not shown."""
        while (match := self._places.search(self.text, at)) is not None:
            if match["meant"] is not None:
                return match
            is_fence = match["fence"] is not None
            at = self._past_fence(match) if is_fence else _past_code(self.text, match)
        return None

    def _past_fence(self, fence: re.Match[str]) -> int:
        if self.in_fence and not fence["language"]:
            self.in_fence = False
            return fence.end()
        self.in_fence = not is_shown(self.text, fence.start(), fence["language"])
        if self.in_fence:
            return fence.end()
        closing = _CLOSING.search(self.text, fence.end())
        return closing.end() if closing else len(self.text)


def is_shown(text: str, start: int, language: str) -> bool:
    """Whether a block in this language that begins at `start` is no call, whatever it holds."""
    return language.lower() not in READ_LANGUAGES or is_example(text, start)


def is_example(text: str, start: int) -> bool:
    """Whether the last line with words before `start` calls what follows an example."""
    words = text[max(0, start - _BEFORE) : start].rstrip()
    return _EXAMPLE.search(words, words.rfind("\n") + 1) is not None


def _past_code(text: str, ticks: re.Match[str]) -> int:
    ending = _TICKS.get(len(ticks.group()))
    closing = ending.search(text, ticks.end()) if ending else None
    return closing.end() if closing and closing.group()[0] == "`" else ticks.end()
