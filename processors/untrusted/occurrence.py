"""Whether a value stands in a text, however it is spelled there.

| the value | is found when |
|---|---|
| anything of two characters or more | its words stand there, one behind the other |
| eight letters and digits or more | they do, whatever is between them: an IBAN in groups of four |
| 32 or more | some 31 of them do, one behind the other: a passage copied into a longer text |
| an address, a host, an account, a code, an amount within it | that does, glued to anything |

Letters are compared without case, width and marks between them. Every look is linear in the text
and in the value, and the text is prepared once for all values.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from processors.untrusted.telling import SHORTEST_JOINED, Telling, telling_of

_WORD = re.compile(r"[^\W_]+")
SHORTEST = 2
BLOCK = 16
"""Two of them, less one character, always hold a block that begins at a multiple of it."""


@dataclass(slots=True)
class Texts:
    """Untrusted texts, made ready; what only long values need is made when one comes."""

    words: str
    """` word word … `, so that whole words can be looked for."""
    joined: str
    telling: Telling
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
        if self.telling.stands_in(plain):
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
        telling=telling_of(plain),
    )


def _plain(text: str) -> str:
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Mn"))
