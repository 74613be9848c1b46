"""What a window is called: bounded in length, whatever a model or upstream calls things."""

import hashlib
import re
import unicodedata
from functools import lru_cache

_PLAIN = re.compile(r"[A-Za-z0-9_.:-]{1,48}")


def bounded(name: str) -> str:
    """The name where it is short and plain; else its hash, behind a `~` that no plain name has."""
    if _PLAIN.fullmatch(name):
        return name
    return hashed(name)


def hashed(name: str) -> str:
    return "~" + hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]


configured = lru_cache(4096)(bounded)
"""The same, kept: only for names that the settings hold, never for a model's."""


def folded(name: str) -> str:
    """The name without regard to case, spacing and how its characters are composed (Unicode
    NFKC): another spelling is not another thing."""
    if name.isascii() and name.islower() and " " not in name:
        return name
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
