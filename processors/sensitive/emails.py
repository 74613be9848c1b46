"""E-mail addresses in text (RFC 5321 lengths, letters of any script)."""

import re
from collections.abc import Iterator

_DOMAIN = re.compile(r"@((?:[\w-]{1,63}+\.){1,8}[^\W\d_][\w-]{1,62}+)")
_LOCAL = re.compile(r"[\w.+%-]+")
_LONGEST_LOCAL = 64


def emails(text: str) -> Iterator[tuple[int, int]]:
    """From each `@` both ways, so that the time is linear however the text is made."""
    for domain in _DOMAIN.finditer(text):
        at = domain.start()
        local = _LOCAL.match(text[max(0, at - _LONGEST_LOCAL) : at][::-1])
        if local is not None:
            yield at - local.end(), domain.end()


def masked_email(found: str) -> str:
    """The first letter of a name of three or more, and the domain."""
    local, _, domain = found.rpartition("@")
    return f"{local[0] if len(local) > 2 else ''}***@{domain}"
