"""IBANs (ISO 13616): a country of the registry, its length, modulo 97."""

import re
from collections.abc import Iterator
from functools import lru_cache

from processors.sensitive.checksums import is_iban

_LENGTHS_TEXT = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20
EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30
KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24
PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22
VG24 XK20
"""
_LENGTHS = {code[:2]: int(code[2:]) for code in _LENGTHS_TEXT.split()}
_CHECK_DIGITS = re.compile(
    r"[0-9]{2}(?<=[A-Za-z]{2}..)(?<![0-9]....)(?=[ ./_-]?[A-Za-z0-9])", re.DOTALL
)
"""Sought by its digits: letters are everywhere, glued to its beginning too (`IBANES91…`)."""
_BETWEEN = re.compile(r"[ ./_-]")


@lru_cache
def _rest(length: int) -> re.Pattern[str]:
    """What follows country and check digits, groups apart by at most one mark."""
    return re.compile(rf"(?:[ ./_-]?[A-Za-z0-9]){{{length - 4}}}(?![A-Za-z0-9])")


def ibans(text: str) -> Iterator[tuple[int, int]]:
    for digits in _CHECK_DIGITS.finditer(text):
        start, end = digits.start() - 2, digits.end()
        length = _LENGTHS.get(text[start : start + 2].upper())
        if length is None:
            continue
        rest = _rest(length).match(text, end)
        if rest is not None and is_iban(_BETWEEN.sub("", text[start : rest.end()])):
            yield start, rest.end()


def masked_iban(found: str) -> str:
    """The country and the last four."""
    compact = _BETWEEN.sub("", found)
    return f"{compact[:2].upper()}** **** … {compact[-4:]}"
