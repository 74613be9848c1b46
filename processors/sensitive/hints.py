"""What a field's name says of its value: a bare number is a telephone only where one is due."""

import re
from enum import Flag, auto
from functools import lru_cache

_LONGEST = 64


class Hint(Flag):
    NONE = 0
    PHONE = auto()
    CARD = auto()
    SSN = auto()
    KEY = auto()
    """A token of high entropy is a secret."""
    PASSWORD = auto()
    """Anything is."""


_WORD = re.compile(r"[A-Z]?[a-zà-ÿ]+|[A-ZÀ-Þ]+(?![a-zà-ÿ])")
_WORDS: dict[Hint, str] = {
    Hint.PHONE: "tel telefono teléfono telephone tlf tfno phone movil móvil mobile cell cellphone "
    "whatsapp fax sms msisdn",
    Hint.CARD: "card tarjeta pan creditcard",
    Hint.SSN: "ssn",
    Hint.KEY: "key apikey token accesstoken credential credentials credencial credenciales clave "
    "llave bearer authorization auth jwt cookie session",
    Hint.PASSWORD: "password passwd pwd pass passphrase contraseña contrasena secret secreto pin "
    "cvv cvc",
}
_LAST = Hint.KEY | Hint.PASSWORD
"""These count as a name's last word only: `client_secret` is one, `password_policy` is not."""
_BY_WORD = {word: hint for hint, words in _WORDS.items() for word in words.split()}


def hint_of(name: str) -> Hint:
    return _hint_of(name[-_LONGEST:])


@lru_cache(maxsize=4096)
def _hint_of(name: str) -> Hint:
    words = [word.lower() for word in _WORD.findall(name)]
    hints = Hint.NONE
    for at, word in enumerate(words):
        hint = _BY_WORD.get(word, Hint.NONE)
        if not hint & _LAST or at == len(words) - 1:
            hints |= hint
    return hints
