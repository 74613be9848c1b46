"""What of a text may open a call by itself: not what stands inside a text of a JSON value.

A mail that a model answers may hold a mark, a label or a backtick. In a JSON value it stands
between quotes, and there it is data. So marks and labels are looked for in `open`, which is the
text with those insides blanked, place by place, and what they open is read in the text itself.

A JSON value is taken here for what it means to be: other quotes, names without quotes and a comma
too many do not make it prose. Its brackets must match and its texts end in their line.
"""

import re
from dataclasses import dataclass, field

GONE = "\x00"
"""Stands where something was taken out, or is data."""
_START = re.compile(r"""[{\[](?=\s*["'“{\[])""")
_TOKEN = re.compile(
    r"""\s*+(?P<between>[:,]?)\s*+(?:
    (?P<text>"(?:[^"\\\n]|\\[^\n])*+"|'(?:[^'\\\n]|\\[^\n])*+'|“(?:[^“”\\\n]|\\[^\n])*+”)
    |(?P<word>[\w.+$-]++)
    |(?P<bracket>[{}\[\]]))""",
    re.VERBOSE,
)
_STRUCTURE = re.compile(r'"\s*+[:,}\]]')
_CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Surface:
    """A text, its surface, and what was found to belong to blocks."""

    text: str
    open: str
    """As long as `text`: what stands at a place here stands there, too, or is data there."""
    taken: list[tuple[int, int]] = field(default_factory=list)
    """From where to where the blocks reach that a family reads, in order."""

    def is_data(self, at: int) -> bool:
        """Whether this place is inside a text of a JSON value."""
        return self.open[at : at + 1] == GONE != self.text[at : at + 1]

    def again(self) -> "Surface":
        """The same, for another family."""
        return Surface(self.text, self.open)

    def up_to(self, end: int) -> "Surface":
        return Surface(self.text[:end], self.open[:end])

    def without(self, spans: list[tuple[int, int]]) -> "Surface":
        """What is left besides these places."""
        return Surface(_blanked(self.text, spans), _blanked(self.open, spans))


def surface_of(text: str) -> Surface:
    """Takes linear time: what was no value up to some place is not looked at again up to there."""
    spans: list[tuple[int, int]] = []
    at = 0
    while (start := _START.search(text, at)) is not None:
        at = _pass_value(text, start.start(), spans)
    return Surface(text, _blanked(text, spans))


def _pass_value(text: str, at: int, spans: list[tuple[int, int]]) -> int:
    """Notes the insides of the texts in the value that begins at `at`, and says where reading
    goes on. Of what is no value after all, only what its whole parts hold. If a text was the last
    thing in it, its quote may have been a stray one: what looked like a text is looked at again,
    at most once for each kind of quotes."""
    opened: list[tuple[str, int]] = []
    texts: list[tuple[int, int]] = []
    last_is_value = False
    stray: int | None = None
    while (token := _TOKEN.match(text, at)) is not None:
        bracket = token["bracket"]
        if bracket is None:
            if last_is_value and not token["between"]:
                break
            last_is_value = True
            if token["text"] is not None and _spans_json(token["text"]):
                break
            if token["text"] is not None:
                texts.append((token.start("text") + 1, token.end("text") - 1))
        elif bracket in _CLOSING:
            opened.append((_CLOSING[bracket], len(texts)))
            last_is_value = False
        else:
            closing, first = opened.pop()
            if bracket != closing:
                break
            spans += texts[first:]
            del texts[first:]
            last_is_value = True
        stray = token.start("text") + 1 if token["text"] is not None else None
        at = token.end()
        if not opened:
            break
    return at if stray is None else stray


def _spans_json(quoted: str) -> bool:
    """Whether other quotes than JSON's enclose what JSON's own may enclose: one of them is an
    apostrophe."""
    return quoted[0] != '"' and _STRUCTURE.search(quoted) is not None


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    if not spans:
        return text
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if end > at:
            parts += (text[at:start], GONE * (end - max(start, at)))
            at = end
    return "".join([*parts, text[at:]])
