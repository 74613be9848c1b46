"""One spelling for each party: what another spelling may not make of it is somebody else.

`best-events.example` and `bestevents.example` are two houses, so only what cannot be mistaken is
freed of its separators: an IBAN whose check digits hold, and a number of an account or a customer.
"""

import re
import unicodedata

from processors.sensitive.checksums import is_iban

_BETWEEN_GROUPS = re.compile(r"[\s._/-]+")
_SPACES = re.compile(r"\s+")
_IBAN = re.compile(r"[a-z]{2}\d{2}[a-z0-9]{11,30}")
_CODE = re.compile(r"(?=(?:[a-z]*\d){6})[a-z0-9]{8,34}")
_CODE_IN_GROUPS = re.compile(r"[a-z0-9 -]+")


def one_spelling(party: str) -> str:
    """As it is compared. Letters beyond ASCII stay as they are: some look like, or fold to, those
    of another name."""
    text = party.strip()
    if not text.isascii():
        return text
    plain = _SPACES.sub(" ", text.lower())
    if "@" in plain:
        return plain
    joined = _BETWEEN_GROUPS.sub("", plain)
    if _IBAN.fullmatch(joined) and is_iban(joined):
        return joined
    is_code = _CODE_IN_GROUPS.fullmatch(plain) and _CODE.fullmatch(joined)
    return joined if is_code else plain


def one_thing(name: str) -> str:
    """The name of a resource, `kind:value`, as it is counted. Here two things taken for one are on
    the safe side: case, width, spacing and what nobody sees make no other thing."""
    if name.isascii():
        plain = name.casefold()
    else:
        shown = unicodedata.normalize("NFKC", name).casefold()
        plain = "".join(c for c in shown if unicodedata.category(c) != "Cf")
    kind, colon, value = " ".join(plain.split()).partition(":")
    return f"{kind.strip()}{colon}{one_spelling(value)}"
