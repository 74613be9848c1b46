"""What a text leads its reader to: an address to open, a payment to make, data carried away.

A phishing link and an invoice that nobody ordered do no harm where they are written, but where
they are read; so the text itself is what is looked at. What cannot be told is counted.
"""

import re

from pydantic import JsonValue

from processors.pointers import leaves

LONGEST_ADDRESS = 120
"""Characters of an address that is fetched; a longer one has room for what nobody should know."""

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
