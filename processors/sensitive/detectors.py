"""The kinds of what is sensitive: one row a kind, the surest first.

A new kind is a function in a file of its own, and a row here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from processors.labels import PII, SECRET
from processors.sensitive.emails import emails, masked_email
from processors.sensitive.hints import Hint
from processors.sensitive.ibans import ibans, masked_iban
from processors.sensitive.numbers import cards, ssns
from processors.sensitive.phones import masked_phone, phones
from processors.sensitive.secrets import secrets
from processors.sensitive.spanish_ids import spanish_ids

NOTHING = "***"
"""What stands in place of a value of which nothing is shown."""

Places = Iterator[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Detector:
    label: str
    digits: int
    """It finds nothing in a text with fewer of them near each other: 0, 2 or 9."""
    find: Callable[[str, Hint], Places]
    mask: Callable[[str], str]
    """What is shown of what was found."""


def _masked_card(found: str) -> str:
    return f"****{''.join(c for c in found if c.isdigit())[-4:]}"


EMAIL = Detector(f"{PII}email", 0, lambda t, _: emails(t) if "@" in t else iter(()), masked_email)
DETECTORS: tuple[Detector, ...] = (
    Detector(f"{SECRET}key", 0, secrets, lambda _: NOTHING),
    EMAIL,
    Detector(f"{PII}iban", 2, lambda t, _: ibans(t), masked_iban),
    Detector(f"{PII}card", 9, cards, _masked_card),
    Detector(f"{PII}national_id_es", 2, lambda t, _: spanish_ids(t), lambda _: NOTHING),
    Detector(f"{PII}national_id_us", 9, ssns, lambda _: NOTHING),
    Detector(f"{PII}phone", 9, phones, masked_phone),
)
