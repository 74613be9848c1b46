"""What a parameter says of an action's size: a declarative table, part of a definition or a plugin.

    magnitudes:
      - {kind: amount, pointer: /lines/*/amount, levels: {medium: 100, high: 1000}}
      - {kind: recipients, pointer: /to, levels: {medium: 50}, raises_to: high}
      - {kind: wildcard, pointer: /filter, missing: critical}

A magnitude only ever raises the risk; `processors.impact` measures.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.events import Event
from schemas.names import RiskLevel


class MagnitudeKind(StrEnum):
    AMOUNT = "amount"
    QUANTITY = "quantity"
    BULK = "bulk"
    RECIPIENTS = "recipients"
    PAYEE = "payee"
    WILDCARD = "wildcard"
    DELETE = "delete"
    CREDENTIAL = "credential"
    PERMISSION = "permission"
    LINK = "link"
    SOLICITATION = "solicitation"
    CARRIED = "carried"


SIZED = frozenset({MagnitudeKind.AMOUNT, MagnitudeKind.QUANTITY, MagnitudeKind.BULK})
"""Kinds that say nothing without `levels`."""

Size = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Magnitude(Event):
    """One parameter, or several of one meaning, and the level that what it holds raises to."""

    kind: MagnitudeKind
    pointer: Annotated[str, Field(pattern=r"^(/([^~/]|~[01])*)+$", max_length=256)]
    """RFC 6901 into the parameters; `*` stands for every item of a list."""
    levels: dict[RiskLevel, Size] = {}
    """Level → the size from which on it holds: a sum, or a number of items."""
    raises_to: RiskLevel = RiskLevel.HIGH
    """What a finding that has no size raises to, such as a recipient outside."""
    negative: RiskLevel | None = None
    """What a sum or a part of it below zero raises to; its size counts in any case."""
    missing: RiskLevel | None = None
    """What it raises to that nothing is given: a filter that limits, a list of whom to tell."""
    words: list[Annotated[str, Field(min_length=1)]] = []
    """Of `delete`, `permission`, `solicitation`: the values that count, not the kind's own."""

    plain_names: bool = False
    """Of `recipients`: a name without an address (`ana`, `team-7`) is one of the system's own, as
    in a chat. Where parameters take addresses, it may be anybody, or everybody."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.kind in SIZED and not self.levels and self.missing is None:
            raise ValueError(f"{self.kind} needs levels")
        return self
