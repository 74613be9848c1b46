"""What a source offers: a tool as another catalog describes it, kept within bounds.

A source is whoever answers at an address. Nothing it says is taken for more than its word: what
of it counts is decided in `interlock.catalog.sync`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from interlock.catalog.file import has_property
from processors.validation import check_schema, unsupported_text
from processors.version_range import read_version
from schemas.events import JsonObject
from schemas.faults import ProcessFault, RecordFault
from schemas.jsontext import dumps
from schemas.names import RiskLevel
from schemas.settings import PluginSpec

MOST_TOOLS = 1_000
LARGEST_RECORD = 512 * 1024
"""Bytes of an entry as JSON: a settings record holds 1 MiB."""
LONGEST_TEXT = 2_000
LONGEST_POINTER = 256
LONGEST_TAG = 64
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
    try:
        # First: whatever walks the schema after it may recurse.
        check_schema(offer.parameters)
    except ValueError as error:
        return str(error)[:300]
    if any("\x00" in text for text in texts) or unsupported_text(offer.parameters, ""):
        return "a text holds NUL"
    return _unfit_tags(offer)


def unfit_record(entry: PluginSpec) -> str | None:
    """Why an entry made of an offer cannot be published, if it cannot."""
    try:
        size = len(dumps(entry.model_dump(mode="json"), "its entry"))
    except RecordFault as fault:
        return fault.text
    return f"its entry is over {LARGEST_RECORD // 1024} KiB" if size > LARGEST_RECORD else None


def _unfit_tags(offer: Offer) -> str | None:
    tags = offer.sensitive_parameters
    if len(tags) > MOST_NAMES:
        return f"sensitive_parameters: more than {MOST_NAMES}"
    for pointer, tag in tags.items():
        if len(pointer) > LONGEST_POINTER:
            return f"sensitive_parameters: a pointer is over {LONGEST_POINTER} characters"
        if not 0 < len(tag) <= LONGEST_TAG or not tag.isprintable():
            return f"sensitive_parameters: a tag is up to {LONGEST_TAG} readable characters"
        if not has_property(offer.parameters, pointer):
            return f"sensitive_parameters: the schema has no property at {pointer[:128]!r}"
    return None
