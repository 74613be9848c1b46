"""How large a number is that a model wrote: JSON's own, or as text in anybody's notation.

Of two readings the larger counts (`1.000` is a thousand), and what cannot be read is infinite:
who writes an amount so that nobody can read it gains nothing.
"""

import math
import re
import unicodedata
from decimal import Decimal

from pydantic import JsonValue

LONGEST = 64
"""Characters of a text that is still read."""
_NUMBER = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)*[.,]?|[-+]?[.,][0-9]+")
_EXPONENT = re.compile(r"[-+]?[0-9]{1,18}(?:\.[0-9]{1,18})?[eE][-+]?[0-9]{1,4}")
_CURRENCY = re.compile(r"[$€£¥₹]|(?<![a-z])(?:us\$|[a-z]{3}|euros?|dollars?|d[oó]lares)(?![a-z])")
_CURRENCIES = """
eur usd gbp mxn chf jpy cny inr brl ars cop clp pen cad aud sek nok dkk pln
euro euros dollar dollars dolares dólares us$ $ € £ ¥ ₹
"""
_KNOWN_WORDS = frozenset(_CURRENCIES.split())
_SPACES = re.compile(r"[\s'’_\u200b-\u200f\u2060]")
_MINUS = str.maketrans("−‐‑–—﹣－", "-------")


def amount(value: JsonValue) -> float:
    """The number, with its sign; infinite if it is none, or beyond any float."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return math.inf
        return number if math.isfinite(number) else math.inf
    read = exact(value)
    return math.inf if read is None else amount(float(read))


def exact(value: JsonValue) -> Decimal | None:
    """The number to the last digit, where sums have to agree; None if it is none. A JSON number
    with a fraction is what it is written as, shortest: 0.1 is a tenth."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    return _of_text(value) if isinstance(value, str) else None


def _of_text(text: str) -> Decimal | None:
    if len(text) > LONGEST:
        return None
    plain = text.translate(_MINUS).lower()
    if not plain.isascii():
        plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)
    if _EXPONENT.fullmatch(plain.strip()):
        return Decimal(plain.strip())
    words = _CURRENCY.findall(plain)
    if len(words) > 1 or not _KNOWN_WORDS.issuperset(words):
        return None
    plain = _SPACES.sub("", _CURRENCY.sub("", plain))
    if not _NUMBER.fullmatch(plain):
        return None
    read = _larger_reading(plain.lstrip("+-"))
    return read.copy_negate() if plain[0] == "-" else read


def _larger_reading(digits: str) -> Decimal:
    """Digits with dots and commas. The last mark is a decimal one if the other kind groups
    thousands before it, or if it cannot group them itself."""
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return Decimal(digits)
    whole, mark, behind = digits[:last], digits[last], digits[last + 1 :]
    other = "," if mark == "." else "."
    groups = mark in whole or (len(behind) == 3 and other not in whole)
    joined = whole.replace(".", "").replace(",", "") or "0"
    if groups:
        # Both `1.000.000` and the `1.000` that might be 1: the larger. A group of another
        # length (`1.00.5`) is read as digits of the whole, larger again.
        return Decimal(joined + (behind or "0"))
    return Decimal(f"{joined}.{behind or '0'}")
