"""Check digits: Luhn (ISO/IEC 7812-1), IBAN (ISO 13616), DNI and NIE (Real Decreto 1553/2005)."""

import re

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_NIE = {"X": "0", "Y": "1", "Z": "2"}

_ISSUERS = re.compile(
    r"""
      4[0-9]{15}(?:[0-9]{3})?                                    # Visa; 13 digits are long gone
    | 5[1-5][0-9]{14}                                            # Mastercard
    | (?=[0-9]{16}$)(?:222[1-9]|22[3-9]|2[3-6]|27[01]|2720)[0-9]+
    | 3[47][0-9]{13}                                             # American Express
    | 3(?:0[0-5]|[689][0-9])[0-9]{11}                            # Diners
    | (?=[0-9]{16,19}$)(?:6011|64[4-9]|65|62|35(?:2[89]|[3-8]))[0-9]+  # Discover, UnionPay, JCB
    | (?:5018|5020|5038|5893|6304|6759|676[1-3])[0-9]{12,15}     # Maestro
    """,
    re.VERBOSE,
)


def is_card(digits: str) -> bool:
    """Whether 14 to 19 ASCII digits are a card's: an issuer's range, its length, Luhn."""
    if not 14 <= len(digits) <= 19 or not _ISSUERS.fullmatch(digits):
        return False
    odd = sum(map(int, digits[-1::-2]))
    return (odd + sum(_DOUBLED[int(d)] for d in digits[-2::-2])) % 10 == 0


def is_iban(compact: str) -> bool:
    """Whether letters and digits without spaces pass modulo 97."""
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def is_spanish_id(number: str, letter: str) -> bool:
    """Whether the letter is the one of eight digits, or of X, Y, Z and seven."""
    digits = _NIE.get(number[0].upper(), number[0]) + number[1:]
    return _LETTERS[int(digits) % 23] == letter.upper()


def is_ssn(area: str, group: str, serial: str) -> bool:
    """Whether the three parts were ever given out (SSA, randomised since 2011)."""
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"
