"""Code that a text shows: a model that writes about a call does not make it.

Shown is Markdown's inline code, a fenced block in another language, and any fenced block that the
words before it call an example. Models put calls they mean into plain fences, and into fences of
the languages in `READ_LANGUAGES`; those are read.
"""

import re

READ_LANGUAGES = ("", "json", "tool_code", "tool_call", "tool_calls")
_FENCE = r"^[ \t]*```(?P<language>[^\s`]*)[^\n`]*$"
_CLOSING = re.compile(r"^[ \t]*```[ \t]*$", re.MULTILINE)
_TICKS = {
    count: re.compile(rf"(?<!`)`{{{count}}}(?!`)|\n[ \t]*\n", re.MULTILINE) for count in (1, 2, 3)
}
"""What ends inline code that opened with so many backticks: as many, or its paragraph."""
_EXAMPLE = re.compile(
    r"\b(example|e\.g\.|for instance|such as|looks? like|could|would|might|schema|format|"
    r"ejemplo|podría|podrías|formato)\b[^\n]*(?:(?<![}\]>])\n\s*)?\Z",
    re.IGNORECASE,
)
"""A line that ends with a closing bracket is the code before a closing fence, no introduction."""
_BEFORE = 200
"""Characters before a block in which it may be called an example."""


def walk(pattern: str) -> re.Pattern[str]:
    """For `next_meant`: finds what `pattern` describes, and where code begins."""
    return re.compile(f"(?P<meant>{pattern})|(?P<fence>{_FENCE})|(?P<ticks>`+)", re.MULTILINE)


def next_meant(walked: re.Pattern[str], text: str, at: int) -> re.Match[str] | None:
    """The next place at or behind `at` that the pattern describes and that is not shown."""
    while (match := walked.search(text, at)) is not None:
        if match["meant"] is not None:
            return match
        at = _past_fence(text, match) if match["fence"] is not None else _past_code(text, match)
    return None


def is_shown(text: str, start: int, language: str) -> bool:
    """Whether a block in this language that begins at `start` is no call, whatever it holds."""
    return language.lower() not in READ_LANGUAGES or is_example(text, start)


def is_example(text: str, start: int) -> bool:
    """Whether the words before `start` call what follows an example."""
    return _EXAMPLE.search(text[max(0, start - _BEFORE) : start]) is not None


def _past_fence(text: str, opening: re.Match[str]) -> int:
    if not is_shown(text, opening.start(), opening["language"]):
        return opening.end()
    closing = _CLOSING.search(text, opening.end())
    return closing.end() if closing else len(text)


def _past_code(text: str, ticks: re.Match[str]) -> int:
    ending = _TICKS.get(len(ticks.group()))
    closing = ending.search(text, ticks.end()) if ending else None
    return closing.end() if closing and closing.group()[0] == "`" else ticks.end()
