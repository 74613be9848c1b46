"""What a text leads its reader to: an address to open, a payment to make, data carried away.

A phishing link and an invoice that nobody ordered do no harm where they are written, but where
they are read; so the text itself is what is looked at. What cannot be told is counted.
"""

import re
import unicodedata
from collections.abc import Iterator

from pydantic import JsonValue

from processors.pointers import leaves
from schemas.settings import TenantSettings

LONGEST = 100_000
"""Characters of a text that is searched for links; a longer one counts as if it held one."""
LONGEST_ADDRESS = 120
"""Characters of an address that is fetched; a longer one has room for what nobody should know."""

_SUFFIXES = """
com net org edu gov mil int info biz name pro xyz top online site store shop app dev page cloud
web link click live life club space website tech digital agency email media news blog host press
world today zone work vip icu cyou rest buzz monster
"""
_KNOWN_SUFFIXES = frozenset(_SUFFIXES.split())
_NO_COUNTRIES = frozenset(
    """
py md js ts sh rb rs cs pl ps gz db go vb
so is it in at be no my we us do if by as an am
""".split()  # noqa: SIM905
)
"""Two letters that end a file's name, or begin a sentence whose space was forgotten, more often
than an address that is given without `www.`, a scheme or a path."""
_HIDDEN = re.compile(r"\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?")
_SCHEME = re.compile(r"(?<![a-z])(?:h[tx]{2}ps?|s?ftp|file|wss?)\s?:\s?[/\\]{1,2}\s?([^\s<>\"']*)")
_OPENS = re.compile(r"(?<![a-z])(?:(?:javascript|vbscript)\s?:|data:[a-z-]+/)")
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = re.compile(
    rf"(?<![\w@.-])((?:{_LABEL}\.){{1,8}}({_LABEL}))(?![\w-])(?!\.[^\W_])(:\d{{1,5}})?(/?)"
)
_NUMERIC = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_PATH = re.compile(r"[/\\?#]")
_CARRIES = re.compile(r"[?#&=@%;|\\\s]|\d{6}|[A-Za-z0-9_-]{41}")

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


def holds_link(value: JsonValue, tenant: TenantSettings) -> bool:
    """Whether a text of it leads anywhere but to the tenant's own domains and known parties."""
    return any(_leads_outside(leaf, tenant) for leaf in leaves(value) if isinstance(leaf, str))


def carries_data(value: JsonValue) -> bool:
    """Whether fetching an address could hand over data: a query, an account, long or coded parts.
    Whoever owns the address reads in it what was put there."""
    return any(
        not isinstance(leaf, str)
        or len(leaf) > LONGEST_ADDRESS
        or _CARRIES.search(leaf.strip()) is not None
        for leaf in leaves(value)
        if leaf is not None
    )


def _leads_outside(text: str, tenant: TenantSettings) -> bool:
    if len(text) > LONGEST:
        return True
    plain = _HIDDEN.sub(".", _plain(text))
    if _OPENS.search(plain) or _NUMERIC.search(plain):
        return True
    own = [domain.casefold().strip(".") for domain in tenant.domains]
    known = frozenset(party.strip().casefold() for party in tenant.known_parties)
    return any(not _is_own(host, own, known) for host in _hosts(plain))


def _hosts(plain: str) -> Iterator[str]:
    for found in _SCHEME.finditer(plain):
        # Whoever stands before an `@` is a user, whatever that looks like.
        place = _PATH.split(found[1], maxsplit=1)[0].rpartition("@")[2]
        yield place.partition(":")[0].strip(".,;!)]}")
    for found in _HOST.finditer(plain):
        host, suffix, port, slash = found[1], found[2], found[3], found[4]
        told = host.startswith("www.") or port or slash or _ends_addresses(suffix)
        if told and not suffix.isdigit():
            yield host


def _ends_addresses(suffix: str) -> bool:
    country = len(suffix) == 2 and suffix.isalpha() and suffix not in _NO_COUNTRIES
    return country or suffix in _KNOWN_SUFFIXES


def _is_own(host: str, own: list[str], known: frozenset[str]) -> bool:
    bare = host.removeprefix("www.")
    return (
        host in known
        or bare in known
        or any(host == domain or host.endswith(f".{domain}") for domain in own)
    )


def _plain(text: str) -> str:
    """Small letters of any width, one kind of dot, nothing invisible."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKC", text).casefold().replace("。", ".")
    return "".join(c for c in folded if unicodedata.category(c) != "Cf")
