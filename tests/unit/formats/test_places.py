"""Places are those `re` finds, and a walk passes what Markdown shows."""

import re

from hypothesis import given
from hypothesis import strategies as st

from processors.formats import blocks, lists_among_words, react, reasoning
from processors.formats.places import Places
from processors.formats.shown import FENCE, Walk, end_of_fence, is_shown

PIECES = (
    *("Thought:", "Action:", " Action Input:", "**Action:**", "action :", "Final Answer:", "- "),
    *('{"', "{ ", "[{", "[", "]", "[get(x=1)]", "[f()]", "<think>", "</think>", "<|im_start|>user"),
    *("-->", "<!--", "-", "*", "_", "T", "~", "~~~", "~~~~", "`", "``", "```", "````", "```json"),
    *("```python", "\n", "\n\n", "\r\n", " ", "\t", "word", ".", "An example:", "\x00", "ſ", "İ"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
ALL = {
    "react": react._PLACES,
    "blocks": blocks._START,
    "lists": lists_among_words._LIST,
    "reasoning": reasoning._PLACES,
}


def spans(matches: list[re.Match[str]]) -> list[tuple[int, int]]:
    return [match.span() for match in matches]


@given(text=texts)
def test_places_are_those_that_an_expression_finds(text: str) -> None:
    assert spans(list(reasoning._PLACES.all(text))) == spans(
        list(reasoning._PLACES._pattern.finditer(text))
    )


class PlainWalk:
    """The same walk by one expression that is tried at every character."""

    def __init__(self, pattern: str, text: str) -> None:
        self.text = text
        self.in_fence = ""
        self.places = re.compile(
            f"(?P<meant>{pattern})|(?P<fence>{FENCE})|(?P<ticks>`+)", re.MULTILINE
        )

    def next(self, at: int) -> re.Match[str] | None:
        while (match := self.places.search(self.text, at)) is not None:
            if match["meant"] is not None:
                return match
            at = self.past_ticks(match) if match["fence"] is None else self.past_fence(match)
        return None

    def past_ticks(self, match: re.Match[str]) -> int:
        count = len(match.group())
        closing = re.compile(rf"(?<!`)`{{{count}}}(?!`)|\n[ \t]*\r?\n").search(
            self.text, match.end()
        )
        is_code = count <= 8 and closing is not None and closing.group()[0] == "`"
        return closing.end() if is_code and closing else match.end()

    def past_fence(self, match: re.Match[str]) -> int:
        sign, language = match["sign"], match["language"]
        if self.in_fence and not language and sign.startswith(self.in_fence):
            self.in_fence = ""
            return match.end()
        if not is_shown(self.text, match.start(), language):
            self.in_fence = sign
            return match.end()
        self.in_fence = ""
        return end_of_fence(self.text, match).end


def walked(walk: Walk | PlainWalk) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    at = 0
    while (match := walk.next(at)) is not None:
        found.append((*match.span(), walk.in_fence))
        at = match.end()
    return found


@given(text=texts, which=st.sampled_from(sorted(set(ALL) - {"reasoning"})))
def test_a_walk_comes_to_the_same_places_as_one_that_tries_every_character(
    text: str, which: str
) -> None:
    places = ALL[which]
    assert walked(Walk(places, text)) == walked(PlainWalk(places._pattern.pattern, text))


def test_a_place_at_the_very_start_and_the_very_end_is_found() -> None:
    places = Places("ab|^>c", first="a", at_line_start=True)
    assert spans(list(places.all(">cxab"))) == [(0, 2), (3, 5)]
    assert spans(list(places.all("x\n>c"))) == [(2, 4)]
    assert spans(list(places.all("x>c"))) == []
