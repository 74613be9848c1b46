"""Runs of digits as people write them, and whether one is a card, a telephone or a US number.

One pass finds the runs (`612 345 678`, `4111-1111-1111-1111`); what a run is, its groups say.
Numbers of orders, dates, times, codes, amounts and addresses of machines are runs, too: what is
not grouped, begun or checked like the thing itself is not it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from processors.sensitive.checksums import is_card, is_ssn
from processors.sensitive.hints import Hint

RUN = re.compile(r"[0-9]++(?:(?:[ .-]|\)[ .-]?|[ .-]\()[0-9]++)*+")
_CARD_RUN = re.compile(r"[0-9]++(?:(?:[ .,_/-]|\)[ .-]?|[ .-]\()[0-9]++)*+")
"""A card stands nowhere near an amount or a date that would check like one."""
_GROUP = re.compile(r"[0-9]+")
_FEWEST = 9
_CARD_GROUPS = ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4))


@dataclass(frozen=True, slots=True)
class Run:
    """A run within its text. Group `i` is `digits[i]`, at `places[i]`."""

    text: str
    digits: list[str]
    places: list[tuple[int, int]]

    def gaps(self, first: int, last: int) -> set[str]:
        """What stands between the groups first to last."""
        return {self.text[self.places[at][1] : self.places[at + 1][0]] for at in range(first, last)}

    def before(self, group: int) -> str:
        start = self.places[group][0]
        return self.text[start - 1] if start else ""

    def after(self, group: int) -> str:
        return self.text[self.places[group][1] : self.places[group][1] + 1]


def runs(text: str, run: re.Pattern[str] = RUN) -> Iterator[Run]:
    """The runs long enough to be something."""
    for found in run.finditer(text):
        if found.end() - found.start() < _FEWEST:
            continue
        groups = list(_GROUP.finditer(text, found.start(), found.end()))
        if sum(len(group[0]) for group in groups) >= _FEWEST:
            yield Run(text, [group[0] for group in groups], [group.span() for group in groups])


def cards(text: str, hint: Hint) -> Iterator[tuple[int, int]]:
    for run in runs(text, _CARD_RUN):
        at = 0
        while at < len(run.digits):
            size = len(run.digits[at])
            last = _card(run, at) if at == 0 or size == 4 or size >= 14 else None
            if last is None:
                at += 1
            else:
                yield run.places[at][0], run.places[last][1]
                at = last + 1


def _card(run: Run, first: int) -> int | None:
    """The last group of the card that begins here."""
    size = len(run.digits[first])
    if size >= 14:
        return first if _whole(run, first, first) and is_card(run.digits[first]) else None
    if size == 4:
        for sizes in _CARD_GROUPS:
            last = first + len(sizes) - 1
            groups = run.digits[first : last + 1]
            if tuple(map(len, groups)) == sizes and _is_grouped_card(run, first, last):
                return last
    if first == 0 and len(run.digits) <= 19 and _is_grouped_card(run, 0, len(run.digits) - 1):
        return len(run.digits) - 1
    return None


def _is_grouped_card(run: Run, first: int, last: int) -> bool:
    if not _whole(run, first, last) or len(run.gaps(first, last)) > 1:
        return False
    return is_card("".join(run.digits[first : last + 1]))


def _whole(run: Run, first: int, last: int) -> bool:
    """Whether no letter continues it on either side, as in a code."""
    before, after = run.before(first), run.after(last)
    return not (before.isalnum() or before == "_" or after.isalnum() or after == "_")


_SSN = re.compile(r"(?<![\w-])([0-9]{3})([- ])([0-9]{2})\2([0-9]{4})(?![\w-]|[ .][0-9])")
_NAMED_SSN = re.compile(
    r"(?<![a-z])(?:ssn|social security(?: (?:number|no\.?))?)[ :#=]{0,4}"
    r"([0-9]{3})([0-9]{2})([0-9]{4})(?!\w)",
    re.IGNORECASE,
)
_BARE_SSN = re.compile(r"(?<!\w)([0-9]{3})([0-9]{2})([0-9]{4})(?!\w)")


def ssns(text: str, hint: Hint) -> Iterator[tuple[int, int]]:
    for found in _SSN.finditer(text):
        if is_ssn(found[1], found[3], found[4]):
            yield found.span()
    for found in _NAMED_SSN.finditer(text):
        if is_ssn(found[1], found[2], found[3]):
            yield found.start(1), found.end()
    if hint & Hint.SSN:
        for found in _BARE_SSN.finditer(text):
            if is_ssn(found[1], found[2], found[3]):
                yield found.span()
