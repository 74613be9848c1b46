"""What tells a value from others though it is glued to something: addresses, hosts, accounts, codes
and amounts, wherever they stand within a value or a text.

`mailto:mark@evil.example`, `IBAN:GB29…`, `https://evil.example/?d=…` and `ref482911` hold what a
text holds without the rest. Every look is linear in what is looked at.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import unquote

from processors.impact.amounts import exact

SHORTEST_JOINED = 8
SHORTEST_NUMBER = 4
"""Digits of a number that is told from others."""
SHORTEST_RUN = 6
"""The same, of digits among letters."""
_SHORTEST_HOST = 4
_SHORTEST_AMOUNT = 3
"""Digits of an amount in a text, its fraction's too: `5.50`."""
MOST_AMOUNTS = 2_000
"""Different ones that are read; in a text with more, every amount counts as found."""
_MOST_LABELS = 5
"""From the end: of a longer host name less of it is looked for."""

_TELLING = re.compile(r"[\d@./:]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_PIECE = re.compile(r"[\w.@+-]+")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:[^\W\d_]{2,24}|xn--[\w-]{2,59})")
_RUN = re.compile(rf"\d{{{SHORTEST_RUN},}}")
_GROUPS = re.compile(r"(?<!\d)\d++(?:[ .-]\d++)+")
_AMOUNT = re.compile(r"\d+(?:[.,'’_]\d+)*")
_APART = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Telling:
    """Of untrusted texts, for all values."""

    words: frozenset[str]
    """Letters and digits only."""
    hosts: frozenset[str]
    amounts: frozenset[Decimal] | None
    """None: more than are read."""

    def stands_in(self, plain: str) -> bool:
        """Whether any of it stands in a value."""
        for one in _spellings(plain):
            if not self.words.isdisjoint(_words(one)):
                return True
            if self.hosts and any(h in self.hosts for h in _hosts_and_above(one)):
                return True
        return self._holds_amount(plain)

    def _holds_amount(self, plain: str) -> bool:
        if not (self.amounts is None or self.amounts) or not any(map(str.isdigit, plain)):
            return False
        whole = exact(plain)
        if whole is not None:
            return self.amounts is None or whole.copy_abs() in self.amounts
        found = _amounts(plain, SHORTEST_NUMBER)
        written = {one for one in found if not _YEAR.fullmatch(one)}
        if not written:
            return False
        return (
            self.amounts is None
            or len(written) > MOST_AMOUNTS
            or not self.amounts.isdisjoint(_read(written))
        )


def telling_of(texts: Iterable[str]) -> Telling:
    words: set[str] = set()
    hosts: set[str] = set()
    amounts: set[str] = set()
    for text in texts:
        amounts |= _amounts(text, _SHORTEST_AMOUNT)
        for one in _spellings(text):
            words |= _words(one)
            hosts.update(host.removeprefix("www.") for host in _hosts(one))
    return Telling(
        frozenset(words),
        frozenset(hosts),
        frozenset(_read(amounts)) if len(amounts) <= MOST_AMOUNTS else None,
    )


def _spellings(plain: str) -> Iterator[str]:
    """As it is, and as a browser or a mail program reads it."""
    yield plain
    if "%" in plain or "&" in plain:
        read = html.unescape(unquote(plain)).casefold()
        if read != plain:
            yield read


def _words(plain: str) -> set[str]:
    """What stands between spaces, and what stands between other marks, as far as it tells."""
    found = {
        joined
        for token in plain.split()
        if _TELLING.search(token)
        and (len(joined := _joined(token)) >= SHORTEST_JOINED or _is_number(joined))
    }
    for piece in _PIECE.findall(plain):
        if "@" in piece:
            found.add(_address(piece))
        elif _TELLING.search(piece):
            joined = _joined(piece)
            if len(joined) >= SHORTEST_JOINED:
                found.add(joined)
            elif _is_number(joined) and not _YEAR.fullmatch(joined):
                found.add(joined)
    found.update(_RUN.findall(plain))
    found.update(
        joined
        for groups in _GROUPS.findall(plain)
        if len(joined := _joined(groups)) >= SHORTEST_JOINED
    )
    found.discard("")
    return found


def _address(piece: str) -> str:
    """An address of e-mail without the tag that its owner made up; empty if it is none."""
    before, _, domain = piece.rpartition("@")
    local = before.rpartition("@")[2].split("+")[0]
    return f"{_joined(local)}{_joined(domain)}" if local and "." in domain else ""


def _hosts(plain: str) -> Iterator[str]:
    """Names of machines. The domain of an address is none: a colleague's would make every other
    colleague's one of the text."""
    for token in plain.split():
        if "." not in token:
            continue
        for piece in _PIECE.findall(token):
            if "@" in piece and "//" not in token:
                continue
            host = piece.rpartition("@")[2].strip("._-+")
            if len(host) >= _SHORTEST_HOST and _HOST.fullmatch(host):
                yield host


def _hosts_and_above(plain: str) -> Iterator[str]:
    """A text's `evil.example` is found in `what-i-know.evil.example`."""
    for host in _hosts(plain):
        yield host
        labels = host.rsplit(".", _MOST_LABELS)
        for first in range(1, len(labels) - 1):
            yield ".".join(labels[first:])


def _amounts(plain: str, digits: int) -> set[str]:
    found = {*_AMOUNT.findall(plain), *_APART.findall(plain)}
    return {one for one in found if sum(map(str.isdigit, one)) >= digits}


def _read(written: Iterable[str]) -> set[Decimal]:
    # Equal numbers hash alike, however many zeros they are written with.
    return {read for one in written if (read := exact(one)) is not None}


def _joined(text: str) -> str:
    return _NOT_LETTERS.sub("", text)


def _is_number(joined: str) -> bool:
    return len(joined) >= SHORTEST_NUMBER and joined.isdigit()
