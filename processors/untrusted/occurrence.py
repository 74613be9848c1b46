"""Whether a value stands in a text, however it is spelled there.

| the value | is found when |
|---|---|
| anything of two characters or more | its words stand there, one behind the other |
| eight letters and digits or more | they do, whatever is between them: an IBAN in groups of four |
| 32 or more | some 31 of them do, one behind the other: a passage copied into a longer text |
| eight or more with a digit, `@`, dot or slash within it | that does: an address, an account |

Letters are compared without case, width and marks between them. Every look is linear in the text
and in the value, and the text is prepared once for all values.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_NOT_LETTERS = re.compile(r"[\W_]+")
_TELLING = re.compile(r"[\d@./:]")
SHORTEST = 2
SHORTEST_JOINED = 8
SHORTEST_NUMBER = 4
"""Digits of a number that is told from others: an amount with its thousands apart or not."""
BLOCK = 16
"""Two of them, less one character, always hold a block that begins at a multiple of it."""


@dataclass(slots=True)
class Texts:
    """Untrusted texts, made ready; what only long values need is made when one comes."""

    words: str
    """` word word … `, so that whole words can be looked for."""
    joined: str
    tokens: frozenset[str]
    """What stands between spaces and holds a digit, `@` and so on, letters and digits only."""
    _blocks: set[str] | None = field(default=None, repr=False)

    def hold(self, value: str) -> bool:
        plain = _plain(value)
        words = _WORD.findall(plain)
        joined = "".join(words)
        if len(joined) < SHORTEST:
            return False
        if f" {' '.join(words)} " in self.words:
            return True
        if len(joined) >= SHORTEST_JOINED and joined in self.joined:
            return True
        if not self.tokens.isdisjoint(_tokens(plain)):
            return True
        return len(joined) >= 2 * BLOCK and self._hold_part(joined)

    def _hold_part(self, joined: str) -> bool:
        # Blocks are the text's, at multiples; windows the value's, at every place.
        if self._blocks is None:
            text = self.joined
            self._blocks = {text[i : i + BLOCK] for i in range(0, len(text) - BLOCK + 1, BLOCK)}
        blocks = self._blocks
        return any(joined[i : i + BLOCK] in blocks for i in range(len(joined) - BLOCK + 1))


@lru_cache(maxsize=8)
def texts_of(texts: tuple[str, ...]) -> Texts:
    """The actions of one response share their context."""
    plain = [_plain(text) for text in texts]
    words = [_WORD.findall(text) for text in plain]
    return Texts(
        # A text ends with a mark no value holds, so that none is found across two of them.
        words="".join(f" {' '.join(of_one)} \n" for of_one in words),
        joined="\n".join("".join(of_one) for of_one in words),
        tokens=frozenset(token for text in plain for token in _tokens(text)),
    )


def _tokens(plain: str) -> set[str]:
    found = (_NOT_LETTERS.sub("", token) for token in plain.split() if _TELLING.search(token))
    return {
        t for t in found if len(t) >= SHORTEST_JOINED or (t.isdigit() and len(t) >= SHORTEST_NUMBER)
    }


def _plain(text: str) -> str:
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Mn"))
