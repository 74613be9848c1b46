"""Whom an action reaches, or pays: the tenant's own people, known parties, or anybody else.

What cannot be told to be inside is outside.
"""

import re
from collections.abc import Iterable

from pydantic import JsonValue

from processors.pointers import leaves
from schemas.settings import TenantSettings

_BETWEEN = re.compile(r"[,;\n]+")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})\.?")
_OWN_NAME = re.compile(r"(?=[^\W\d])[\w -]{1,64}")
"""An identifier of the system's own, such as `ana` or `team-7`; no number, and no dot, since
`evil.com` is nobody's colleague."""
_MOST_DIGITS = 6
"""More of them make a telephone number of a name."""
_SPACING = re.compile(r"[\s-]+")


def named(values: Iterable[JsonValue]) -> list[JsonValue]:
    """Each party by itself: lists are flattened, and one text may name several."""
    found: list[JsonValue] = []
    for value in values:
        for leaf in leaves(value):
            if isinstance(leaf, str):
                found.extend(part for part in _BETWEEN.split(leaf) if part.strip())
            elif leaf is None or not isinstance(leaf, list | dict):
                found.append(leaf)
    return found


def any_outside(parties: Iterable[JsonValue], tenant: TenantSettings) -> bool:
    """Whether one of the recipients is neither the tenant's own nor known."""
    domains = tuple(domain.casefold().strip(".") for domain in tenant.domains)
    known = _known(tenant)
    return any(not _inside(party, domains) and _plain(party) not in known for party in parties)


def any_unknown(parties: Iterable[JsonValue], tenant: TenantSettings) -> bool:
    """Whether one of the payees is not among the known parties."""
    known = _known(tenant)
    return any(_plain(party) not in known for party in parties)


def _inside(party: JsonValue, domains: tuple[str, ...]) -> bool:
    if not isinstance(party, str):
        return False
    text = party.strip()
    if "@" in text:
        address = _ADDRESS.fullmatch(text)
        if address is None:
            return False
        domain = address[1].casefold()
        return any(domain == own or domain.endswith(f".{own}") for own in domains)
    return _OWN_NAME.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= _MOST_DIGITS


def _known(tenant: TenantSettings) -> frozenset[str | None]:
    return frozenset(_plain(party) for party in tenant.known_parties)


def _plain(party: JsonValue) -> str | None:
    """As it is compared: an IBAN in groups of four is the same without them. None: no text."""
    return _SPACING.sub("", party).casefold() if isinstance(party, str) else None
