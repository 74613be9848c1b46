"""A condition's pieces, for showing why it holds: what `&&` and `||` join, and what it looks at.

The library tells nothing of sub-expressions, so the text is taken apart and each piece is
evaluated by itself; a piece that says nothing alone (a loop's variable) is left out.
"""

import re
from collections.abc import Iterator

from processors.policies.language import masked
from processors.policies.variables import VARIABLES

_ROOTS = "|".join(re.escape(name) for name in sorted(VARIABLES, key=len, reverse=True))
_LOOKED_AT = re.compile(rf"(?<![\w.])(?:{_ROOTS})(?:\.\w+)*(\()?")


def pieces(text: str) -> list[str]:
    """The joined pieces, innermost ones too, then the variables looked at; none twice."""
    return list(dict.fromkeys([*_joined(text.strip()), *_looked_at(text)]))


def _joined(text: str) -> Iterator[str]:
    cuts = _cuts(text)
    if cuts:
        starts = [0, *(cut + 2 for cut in cuts)]
        ends = [*cuts, len(text)]
        for start, end in zip(starts, ends, strict=True):
            piece = text[start:end].strip()
            yield piece
            yield from _joined(piece)
    elif text.startswith("(") and _closes(text) == len(text) - 1:
        yield from _joined(text[1:-1].strip())


def _cuts(text: str) -> list[int]:
    """Where `&&` or `||` stand outside all brackets; nowhere in a choice (`a ? b : c`)."""
    code, depth, found = masked(text), 0, []
    for at, sign in enumerate(code):
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0 and sign == "?":
            return []
        if depth == 0 and code[at : at + 2] in ("&&", "||"):
            found.append(at)
    return found


def _closes(text: str) -> int:
    """Where the bracket is closed that the text begins with; -1: nowhere."""
    depth = 0
    for at, sign in enumerate(masked(text)):
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0:
            return at
    return -1


def _looked_at(text: str) -> Iterator[str]:
    for found in _LOOKED_AT.finditer(masked(text)):
        name = found.group()
        yield name[:-1].rpartition(".")[0] if found.group(1) else name
