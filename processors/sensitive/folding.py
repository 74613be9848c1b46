"""A text as detectors read it: digits, spaces and dashes of any script as ASCII, nothing invisible.

So neither a no-break space nor a zero-width one hides a card number.
"""

import re
import unicodedata

_ODD = re.compile("[^\x00-\x9f\xa1-\xac\xae-\xff]")
"""All but Latin-1 without its odd space and hyphen. That has no digits but ASCII's, so nearly every
Spanish text passes as it is. One set: two alternatives would take five times as long."""
_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
_DASHES = frozenset({"Pd"})
_RARELY = 8
"""Where one of so many characters is odd, or fewer, each by itself is the quicker way."""


def folded(text: str) -> tuple[str, list[int] | None]:
    """The text, and where each of its characters stood if that is another place."""
    odd = [] if text.isascii() else _ODD.findall(text)
    if not odd:
        return text, None
    instead = {char: _plain(char) for char in set(odd)}
    if len(odd) * _RARELY < len(text) and all(instead.values()):
        return _ODD.sub(lambda found: instead[found[0]], text), None
    plain: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if one := instead.get(char, char):
            plain.append(one)
            places.append(place)
    return "".join(plain), places


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if "\uff01" <= char <= "\uff5e":
        return chr(ord(char) - 0xFEE0)
    category = unicodedata.category(char)
    if category in _INVISIBLE:
        return ""
    if category in _DASHES or char == "\u2212":
        return "-"
    return " " if category == "Zs" else char
