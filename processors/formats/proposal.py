"""What every format reads: a name, parameters, and what the model said about them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeGuard

from pydantic import JsonValue

JsonDict = dict[str, JsonValue]
LONGEST_REASON = 400
LONGEST_POINTER = 2_000
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One action a model proposes, not yet matched with anything that exists."""

    name: str
    params: JsonDict
    confidence: float | None
    reasoning: str | None
    source: str
    """The format's name: a family's, a provider's, `json`, `text` or `react`."""
    repaired: bool = False
    """Read only after its JSON was mended."""
    not_before: str | None = None
    """When it may run at the earliest, as the model wrote it (RFC 3339)."""
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of parameters whose format gives no types, the texts they were read from."""
    confidence_assumed: bool = False
    """The model gave no confidence: it is the default of the format."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The output claims to hold an action that cannot be read. Never guessed, always said.

    `pointer` is a JSON Pointer into the output where that makes sense.
    """

    code: str
    text: str
    pointer: str = ""

    def __post_init__(self) -> None:
        # Both may quote the output, whatever it holds, and are kept and shown to people.
        object.__setattr__(self, "text", _presentable(self.text, LONGEST_REASON))
        object.__setattr__(self, "pointer", _presentable(self.pointer, LONGEST_POINTER))


def _presentable(text: str, longest: int) -> str:
    """The text without NUL, other control characters and lone surrogates, and not too long."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return _UNSHOWN.sub("\ufffd", cut)


def is_dict(value: JsonValue) -> TypeGuard[JsonDict]:
    return isinstance(value, dict)
