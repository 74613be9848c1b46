"""What every format reads: a name, parameters, and what the model said about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeGuard

from pydantic import JsonValue

JsonDict = dict[str, JsonValue]


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


def is_dict(value: JsonValue) -> TypeGuard[JsonDict]:
    return isinstance(value, dict)
