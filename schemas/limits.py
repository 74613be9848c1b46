"""What a tenant may set as limits: fields of `TenantSettings`, explained in docs/guides/limits.md.

A misspelled field would be a limit that does not hold, so none is passed over.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field

from schemas.events import Event

MOST_OF_A_BUDGET = 10**12
"""In whole units. Counted in thousandths that is far below what a bigint holds."""

Count = Annotated[int, Field(ge=0, le=MOST_OF_A_BUDGET)]
Size = Annotated[Decimal, Field(ge=0, le=MOST_OF_A_BUDGET, decimal_places=3)]


class _Exact(Event):
    model_config = ConfigDict(extra="forbid")


class WindowLimits(_Exact):
    """Actions an hour and a day; absent: no limit of its own."""

    hour: Count | None = None
    day: Count | None = None


class DayBudget(_Exact):
    """How much may go out a day without a person, at most; absent: not counted."""

    money: Size | None = None
    """The sum of the declared `amount`s, by their numbers: currencies are not converted."""
    recipients: Count | None = None
    units: Size | None = None
    """The sum of the declared `quantity`s."""
