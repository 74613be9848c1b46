"""Telephone numbers: international ones by their `+` or `00`, Spanish and North American ones by
their groups, bare ones only where the field's name or the words before say so.
"""

import re
from collections.abc import Iterator

from processors.sensitive.hints import Hint
from processors.sensitive.numbers import Run, runs

_SPAIN = frozenset({(3, 3, 3), (3, 2, 2, 2), (2, 3, 2, 2), (3, 6), (2, 7)})
_AMERICA = frozenset({(3, 3, 4)})
_NANP = re.compile(r"[2-9][0-9]{2}[2-9][0-9]{6}")
_LONGEST = 15
"""Digits of an international number (E.164)."""
_WORDS = re.compile(
    r"tel\b|tel[eé]f|tfno|tlf|m[oó]vil|phone|mobile|\bcell|whatsapp|\bfax|\bsms\b|"
    r"\bcall\b|ll[aá]m[ae]",
    re.IGNORECASE,
)
_LOOK_BACK = 24
_UNIT = re.compile(
    r"\s?(?:[€$%£]|(?:eur|usd|euros?|d[oó]lares|uds?|unidades|units|kg|km)\b|[.,][0-9])",
    re.IGNORECASE,
)
_AMOUNT = frozenset("€$£#,/_")
"""Before it: an amount, a decimal, or the rest of a code."""


def phones(text: str, hint: Hint) -> Iterator[tuple[int, int]]:
    for run in runs(text):
        at = 0
        while at < len(run.digits):
            last = _phone(run, at, hint) if at == 0 or len(run.digits[at]) > 1 else None
            if last is None:
                at += 1
            else:
                yield run.places[at][0] - (run.before(at) in ("+", "(")), run.places[last][1]
                at = last + 1


def _phone(run: Run, first: int, hint: Hint) -> int | None:
    """The last group of the number that begins here."""
    before = run.before(first)
    if before == "+" or (first == 0 and run.digits[0].startswith("00") and not before.isalnum()):
        return _international(run, first)
    if before.isalnum() or before in _AMOUNT or (before == "-" and first == 0):
        return None
    if len(run.digits[first]) > 3:
        bare = len(run.digits[first]) in (9, 10) or bool(hint & Hint.PHONE)
        return first if bare and _expected(run, first, hint) and _ends(run, first) else None
    for size in (4, 3, 2):
        last = first + size - 1
        if last < len(run.digits) and _national(run, first, last, hint):
            return last
    return None


def _international(run: Run, first: int) -> int | None:
    prefix = 2 if run.before(first) != "+" else 0
    number, longest = "", None
    for last in range(first, min(first + 8, len(run.digits))):
        number += run.digits[last]
        digits = number[prefix:]
        exact = {"1": 11, "3": 11 if digits[:2] == "34" else 0}.get(digits[:1], 0)
        if len(digits) > _LONGEST:
            break
        if len(digits) == exact if exact else len(digits) >= 9 and digits[0] != "0":
            longest = last
    return longest if longest is not None and _ends(run, longest) else None


def _national(run: Run, first: int, last: int, hint: Hint) -> bool:
    sizes = tuple(len(group) for group in run.digits[first : last + 1])
    number = "".join(run.digits[first : last + 1])
    spanish = sizes in _SPAIN and number[0] in "6789"
    if not spanish and not (sizes in _AMERICA and _NANP.fullmatch(number)):
        return False
    if not _ends(run, last):
        return False
    if _expected(run, first, hint):
        return True
    # Thousands are grouped by threes as well: with dots always, with spaces in a longer number.
    gaps = run.gaps(first, last)
    if spanish and (len(gaps) > 1 or "." in gaps):
        return False
    inside = first > 0 and len(run.digits[first - 1]) < 4 and not _follows_a_phone(run, first)
    goes_on = last + 1 < len(run.digits) and sizes == (3, 3, 3) and _goes_on(run, last + 1)
    return not inside and not goes_on


def _follows_a_phone(run: Run, first: int) -> bool:
    """Whether nine digits in threes, or the like, end right before."""
    return first >= 3 and sum(map(len, run.digits[first - 3 : first])) >= 9


def _goes_on(run: Run, following: int) -> bool:
    """Whether the group after it makes it a longer number: three digits that begin no phone."""
    group = run.digits[following]
    return len(group) == 3 and group[0] not in "6789"


def _expected(run: Run, first: int, hint: Hint) -> bool:
    if hint & Hint.PHONE:
        return True
    start = run.places[first][0]
    return _WORDS.search(run.text, max(0, start - _LOOK_BACK), start) is not None


def _ends(run: Run, last: int) -> bool:
    after = run.after(last)
    if after.isalnum() or after == "_":
        return False
    return last + 1 < len(run.digits) or not _UNIT.match(run.text, run.places[last][1])


def masked_phone(found: str) -> str:
    """The last two digits."""
    return f"***{''.join(c for c in found if c.isdigit())[-2:]}"
