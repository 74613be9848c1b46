"""What a source offers: a tool as another catalog describes it, kept within bounds.

A source is whoever answers at an address. Nothing it says is taken for more than its word: what
of it counts is decided in `interlock.catalog.sync`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from interlock.catalog.file import has_property
from processors.validation import check_schema, unsupported_text
from processors.version_range import read_version
from schemas.events import JsonObject
from schemas.faults import ProcessFault
from schemas.names import RiskLevel

MOST_TOOLS = 1_000
LARGEST_SCHEMA = 256 * 1024
"""Bytes of a tool's parameters as JSON: a settings record holds 1 MiB."""
LONGEST_TEXT = 2_000
MOST_NAMES = 64

_NAME = re.compile(r"\w[\w.:/-]{0,127}", re.ASCII)
"""ASCII: a letter that looks like another would make two names look like one."""
_STEP = re.compile(r"(?:^|/)\.*(?:/|$)")
"""A part of a path that is empty or only dots: the name becomes part of an address."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool as its source describes it. None: the source's word on it is not taken."""

    tool: str
    version: str
    parameters: JsonObject
    risk: RiskLevel
    labelled_at: datetime | None = None
    """When the source labelled it; None: it does not say."""
    description: str = ""
    idempotent: bool | None = None
    no_effect_on_error: bool | None = None
    permissions: tuple[str, ...] = ()
    sensitive_parameters: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A tool that is not taken over, and why in one sentence."""

    tool: str
    why: str


@dataclass(frozen=True, slots=True)
class Offered:
    """All a source offers; `refused` are those whose description is none."""

    offers: tuple[Offer, ...]
    refused: tuple[Refused, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset([*(o.tool for o in self.offers), *(r.tool for r in self.refused)])


def offered(found: Iterable[Offer | Refused]) -> Offered:
    """The answer as a whole, each offer within bounds.

    Raises:
        ProcessFault: `source_unreadable`: more than 1,000 tools, or one name for two.
    """
    offers: list[Offer] = []
    refused: list[Refused] = []
    seen: set[str] = set()
    for item in found:
        if item.tool in seen:
            raise ProcessFault(
                "source_unreadable", f"the source names two tools {item.tool[:128]!r}"
            )
        seen.add(item.tool)
        if len(seen) > MOST_TOOLS:
            raise ProcessFault("source_unreadable", f"the source offers more than {MOST_TOOLS:,}")
        if isinstance(item, Refused):
            refused.append(item)
        elif (why := _unfit(item)) is not None:
            refused.append(Refused(item.tool[:128], why))
        else:
            offers.append(item)
    return Offered(tuple(offers), tuple(refused))


def _unfit(offer: Offer) -> str | None:
    if not _NAME.fullmatch(offer.tool) or _STEP.search(offer.tool):
        return "a tool's name is up to 128 letters, digits and _ . : / -, beginning with no sign"
    if read_version(offer.version) is None:
        return f"{offer.version[:64]!r} is no semantic version"
    texts = (offer.description, offer.contact, *offer.permissions)
    if any(len(text) > LONGEST_TEXT for text in texts) or len(offer.permissions) > MOST_NAMES:
        return f"a text is longer than {LONGEST_TEXT:,} characters, or there are too many of them"
    if len(orjson.dumps(offer.parameters)) > LARGEST_SCHEMA:
        return f"its parameters are more than {LARGEST_SCHEMA // 1024} KiB"
    if any("\x00" in text for text in texts) or unsupported_text(offer.parameters, ""):
        return "a text holds NUL"
    try:
        check_schema(offer.parameters)
    except ValueError as error:
        return str(error)[:300]
    for pointer in offer.sensitive_parameters:
        if not has_property(offer.parameters, pointer):
            return f"sensitive_parameters: the schema has no property at {pointer[:128]!r}"
    return None
