"""What a text asks its reader for: money, an access, a booking, a command to run.

Phrases, not words: who writes of attention that was paid or of a download that finished asks for
nothing. Whoever wants to ask finds other words than these; what money and access are kept by is
the pack's other rules.
"""

import re
import unicodedata

from pydantic import JsonValue

from processors.pointers import leaves

LONGEST = 10_000
"""Characters of a text that is searched; a longer one counts as if it asked for something."""

_ASK = (
    r"(?:please|pls|kindly|por favor|must|should|need to|needs to|have to|has to|remember to|"
    r"reminder to|remind\w* (?:me|us|them|you|him|her) to|forget to|(?:can|could|would|will) you|"
    r"you can|go and|recuerda|hay que|debes?|puedes|tienes que)"
)
_START = r"(?:^|[.:;!?¡¿(\n-]\s*)"
_UNIT = r"(?:eur|euros?|usd|gbp|dollars?|dolares|pounds?|bucks|btc|eth|bitcoins?|[$€£¥])"
_SUM = rf"(?:{_UNIT}\s?\d|\d[\d.,' ]{{0,12}}\s?k?\s?{_UNIT})"
_MONEY = (
    rf"(?:{_SUM}|money|funds?|cash|payment|deposit|fees?|rest|balance|dinero|fondos|importe|pago|"
    r"\d{2,})"
)
_GAP = r"(?:\s+\S{1,24}){0,3}?\s+"
"""Up to three words between a verb and its object."""
_SECRET = (
    r"(?:pass ?words?|pass ?codes?|pass ?phrases?|pins?\b|otp\b|cvv|seed phrase|private key|"
    r"credentials?|credenciales|contrasenas?|login details|card (?:numbers?|details)|"
    r"(?:the|your|that|this|its|el|la|tu|one[- ]time|security|verification|login|access|sms|"
    r"auth\w{0,12}|confirmation|[2m]fa|gift|voucher)\s+(?:code|codigo|clave)s?\b(?! review| base)|"
    r"tarjetas?|numbers on)"
)
_GIVE = (
    r"(?:send|sends|sending|forward|give|tell|share|text|reply|read|enter|type|provide|hand over|"
    r"dime|dame|envia\w{0,4}|manda\w{0,4}|pasa\w{0,4}|facilita\w{0,4}|introduce)"
)
_SPEND = (
    r"(?:book|booking|reserve|rent|buy|purchase|subscribe|donate|pay|download|install|unlock|"
    r"log ?in|sign ?in|click|deposit|wire|remit|reserv(?:ar?|e)|compr(?:ar?|e)|alquil(?:ar?|e)|"
    r"don(?:ar|e)|suscrib\w{2,4}|descarg(?:ar?|ue)|instal(?:ar?|e)|pinch(?:ar?|e)|puls(?:ar?|e))"
)
_ORDINARY = (
    r"(?!\s+(?:attention|heed|tribute|respects?|homage|close attention|a visit|off\b|club|clubs|"
    r"review|reading|launch|fair|release))"
)

_PHRASES = (
    # Money.
    rf"\b(?:pay|paying|paga|pague|pagad|pagar|paguen|pagame)\b{_ORDINARY}",
    r"\bwire\s+(?:the|me|us|it|them|him|her|to|\d|[$€£])",
    rf"\b(?:send|transfer|deposit|remit|move|lend|give|donate|advance|refund|transfier\w|"
    rf"transferir|envi[ae]\w{{0,3}}|mand[ae]\w{{0,3}}|ingres[ae]\w?|presta\w{{0,3}}){_GAP}"
    rf"(?:{_SUM}|money|funds\b|cash\b|dinero|fondos)",
    rf"\b(?:send|transfer|deposit|remit|transfier\w|transferir|ingres[ae]\w?)\s+(?:of\s+)?{_MONEY}",
    rf"\btransferencia\s+de{_GAP}?\s*\d|\bbizum\b",
    r"\b(?:settle|paga\w?|liquida\w?)\b[^.!?\n]{0,40}\b(?:bill|invoice|debt|factura|deuda)",
    r"\b(?:gift ?cards?|giftcards?|tarjetas? (?:de )?regalo|bitcoins?|crypto wallet|seed phrase)\b",
    # Bookings, purchases, programs: as a headline, or asked for.
    rf"{_START}(?:and\s+|then\s+)?{_SPEND}\b{_ORDINARY}(?!\s*$)",
    rf"\b{_ASK}{_GAP}?\s*{_SPEND}\b{_ORDINARY}",
    r"\b(?:reminder|to ?do|task|recordatorio)\b[^.!?\n]{0,30}\b(?:booking|book|reserva\w?)\b",
    r"\b(?:book|booking|reserving|renting)\s+(?:a|an|the best|us|me|your)\s+(?:\w+\s+){0,2}"
    r"(?:room|hotel|flight|table|car|ticket|suite|stay|apartment)s?\b",
    # Accesses.
    rf"\b{_GIVE}{_GAP}?\s*(?:me |us |back |with |in )?{_SECRET}",
    r"\b(?:your|tu|su|vuestra)\s+(?:pass ?word|pass ?code|pin|credentials|contrasena|clave)\b",
    r"\b(?:verify|confirm|update|unlock|validate|verifi(?:ca|que)|confirm[ae]|actuali[zc]\w{1,2})\s+"
    r"(?:your|the|tu|su)\s+(?:\w+\s+)?(?:account|identity|card|wallet|login|billing|bank\w*|cuenta|"
    r"identidad|tarjeta)\b",
    r"\b(?:log|sign) ?-?in\s+(?:to|at|with|here|below|again)\b",
    r"\b(?:click|tap|haz clic|pulsa|pincha)\s+(?:here|below|on|this|the|aqui|en|abajo)\b",
    rf"\b(?:approve|accept|authori[sz]e|confirm|allow|aprueba|acepta|autoriza){_GAP}?\s*(?:[2m]fa|"
    r"prompt|push|log-?in|sign-?in|transaction|payment|transfer|notification|request on|pago|"
    r"transferencia|transaccion)\b",
    # Commands.
    r"\b(?:curl|wget|powershell|invoke-webrequest|iwr|certutil|mshta)\b\s+\S|\|\s*(?:ba|z|da|k)?sh\b"
    r"|\b(?:run|execute|paste|type)\b[^.!?\n]{0,30}\b(?:in|into) (?:a|the|your) "
    r"(?:terminal|console)",
)
_ASKS = re.compile("|".join(f"(?:{phrase})" for phrase in _PHRASES), re.MULTILINE)


def solicits(value: JsonValue) -> bool:
    """Whether a text of it asks whoever reads it to spend, or to hand over an access."""
    return any(_asks(leaf) for leaf in leaves(value) if isinstance(leaf, str))


def _asks(text: str) -> bool:
    if len(text) > LONGEST:
        return True
    return _ASKS.search(_plain(text)) is not None


def _plain(text: str) -> str:
    """Small letters without accents, nothing invisible; one space, and lines as they are."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in apart if unicodedata.category(c) not in ("Mn", "Cf"))
    return re.sub(r"[^\S\n]+", " ", text.casefold()).strip()
