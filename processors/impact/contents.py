"""What a text leads its reader to: an address to open, a payment to make, data carried away.

A phishing link and an invoice that nobody ordered do no harm where they are written, but where
they are read; so the text itself is what is looked at. What cannot be told is counted.
"""

import re

from pydantic import JsonValue

from processors.impact.links import is_known_host
from processors.impact.parties import known_spellings, own_domains
from processors.pointers import leaves
from schemas.settings import TenantSettings

LONGEST_ADDRESS = 120
"""Characters of an address that is fetched; a longer one has room for what nobody should know."""

MOST_WORDS = 3
"""Of a path and of what stands before a host's own name: more of them are a sentence."""
MOST_LETTERS = 40
"""The words' letters together."""

_ADDRESS = re.compile(r"(?:(https?)://)?([a-z0-9.-]+)(?::\d{1,5})?(/[\w./~-]*)?", re.ASCII | re.I)
_CODED = re.compile(r"\d{6}|[A-Za-z0-9]{25}|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{10}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]+)")
_WORD = re.compile(r"[A-Za-z0-9]+")
_INSIDE = frozenset("local localhost internal intranet lan home corp arpa onion test".split())  # noqa: SIM905

_SOLICITATIONS = """
pay payment payments payable wire wiring transfer transfers remit invoice donate
buy purchase book booking bookings reserve reservation reservations rent subscribe voucher
bitcoin crypto wallet iban giftcard refund password passcode credential credentials login signin
verify unlock click download install
paga pagar pague pago pagos transferir transfiere transferencia ingresar factura compra comprar
compre pedir reserva reservar reserve reservas suscribir contraseña clave verificar verifica
descarga descargar instalar pulsa pincha donar
"""
SOLICITING = frozenset(_SOLICITATIONS.split())
"""What asks a reader to spend, to hand over an access, or to run something, where the definition
names no words of its own."""


def carries_data(value: JsonValue, tenant: TenantSettings) -> bool:
    """Whether fetching an address could hand over data, or reach what only the fetcher can.
    Whoever owns the address reads in it what was put there, be it in words; the tenant itself and
    whom it knows may."""
    domains, known = own_domains(tenant), known_spellings(tenant)
    return any(_carries(leaf, domains, known) for leaf in leaves(value) if leaf is not None)


def _carries(leaf: JsonValue, domains: frozenset[str], known: frozenset[str]) -> bool:
    if not isinstance(leaf, str) or len(leaf) > LONGEST_ADDRESS:
        return True
    read = _ADDRESS.fullmatch(leaf.strip())
    if read is None:
        return True
    host, path = read[2].lower(), read[3] or ""
    if is_known_host(host, domains, known):
        return False
    if not _HOST.fullmatch(host) or host.rpartition(".")[2] in _INSIDE:
        return True
    own_name = host.removeprefix("www.").split(".")[-2:]
    before = host.removeprefix("www.").removesuffix(".".join(own_name))
    said = _WORD.findall(before + path)
    return (
        len(said) > MOST_WORDS
        or sum(map(len, said)) > MOST_LETTERS
        or _CODED.search(leaf) is not None
    )
