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
    numeric: bool
    """Finds nothing in a text without two digits side by side."""
    find: Callable[[str, Hint], Places]
    mask: Callable[[str], str]
    """What is shown of what was found."""


def _masked_card(found: str) -> str:
    return f"****{''.join(c for c in found if c.isdigit())[-4:]}"


DETECTORS: tuple[Detector, ...] = (
    Detector(f"{SECRET}key", False, secrets, lambda _: NOTHING),
    Detector(f"{PII}email", False, lambda t, _: emails(t) if "@" in t else iter(()), masked_email),
    Detector(f"{PII}iban", True, lambda t, _: ibans(t), masked_iban),
    Detector(f"{PII}card", True, cards, _masked_card),
    Detector(f"{PII}national_id_es", True, lambda t, _: spanish_ids(t), lambda _: NOTHING),
    Detector(f"{PII}national_id_us", True, ssns, lambda _: NOTHING),
    Detector(f"{PII}phone", True, phones, masked_phone),
)
