"""Whom an action reaches, or pays: the tenant's own people, known parties, or anybody else.

What cannot be told to be inside is outside.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from pydantic import JsonValue

from processors.pointers import leaves
from processors.spelling import one_spelling
from schemas.settings import TenantSettings

_BETWEEN = re.compile(r"[,;\n]+")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})\.?", re.ASCII)
"""Of ASCII alone: a letter of another script may fold to one of the tenant's own domain."""
_OWN_NAME = re.compile(r"(?=[^\W\d])[\w -]{1,64}")
"""An identifier of the system's own, such as `ana` or `team-7`; no number, and no dot, since
`evil.com` is nobody's colleague."""
_LONGEST_HOST = 253
"""Characters of a name (RFC 1035)."""
_MOST_DIGITS = 6
"""More of them make a telephone number of a name."""


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


def any_outside(
    parties: Iterable[JsonValue], tenant: TenantSettings, *, plain_names: bool = False
) -> bool:
    """Whether one of the recipients is neither the tenant's own nor known. With `plain_names`
    whoever is called by a name alone is the tenant's own."""
    domains = own_domains(tenant)
    known = known_spellings(tenant)
    return any(
        not (
            _is_in(known, party)
            or _has_own_address(party, domains)
            or (plain_names and _is_own_name(party))
        )
        for party in parties
    )


def any_unknown(parties: Iterable[JsonValue], tenant: TenantSettings) -> bool:
    """Whether one of the payees is not among the known parties."""
    known = known_spellings(tenant)
    return any(not _is_in(known, party) for party in parties)


class _Same:
    """Settings as a key: these and no others, without a look at what they hold."""

    __slots__ = ("tenant",)

    def __init__(self, tenant: TenantSettings) -> None:
        self.tenant = tenant

    def __hash__(self) -> int:
        return id(self.tenant)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.tenant is self.tenant


def own_domains(tenant: TenantSettings) -> frozenset[str]:
    return _compiled(_Same(tenant))[0]


def known_spellings(tenant: TenantSettings) -> frozenset[str]:
    return _compiled(_Same(tenant))[1]


@lru_cache(maxsize=256)
def _compiled(same: _Same) -> tuple[frozenset[str], frozenset[str]]:
    """Made once for a tenant's settings: its list may be long, and every action asks."""
    tenant = same.tenant
    domains = frozenset(domain.casefold().strip(".") for domain in tenant.domains)
    return domains - {""}, frozenset(map(one_spelling, tenant.known_parties))


def is_below(host: str, domains: frozenset[str]) -> bool:
    """Whether a host is one of the domains, or below one; in a time that no number of domains
    changes."""
    if len(host) > _LONGEST_HOST:
        return False
    while host not in domains:
        host = host.partition(".")[2]
        if not host:
            return False
    return True


def _has_own_address(party: JsonValue, domains: frozenset[str]) -> bool:
    address = _ADDRESS.fullmatch(party.strip()) if isinstance(party, str) else None
    return address is not None and is_below(address[1].lower(), domains)


def _is_own_name(party: JsonValue) -> bool:
    if not isinstance(party, str):
        return False
    text = party.strip()
    return _OWN_NAME.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= _MOST_DIGITS


def _is_in(known: frozenset[str], party: JsonValue) -> bool:
    return isinstance(party, str) and one_spelling(party) in known
