"""When people of a tenant are at work."""

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field

from schemas.events import Event

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A text: YAML reads an unquoted 09:00 as a number, which is refused."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError("there is no such time zone") from None
    return name


class WorkingHours(Event):
    """From `from` up to, and without, `to`; over midnight if `to` is not the later one: then the
    hours after midnight belong to the day they began on."""

    model_config = ConfigDict(
        validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    timezone: Annotated[str, AfterValidator(_zone)]
    from_: Annotated[Clock, Field(alias="from")]
    to: Clock
    days: list[Day] = ["mon", "tue", "wed", "thu", "fri"]

    def hold(self, now: datetime) -> bool:
        """Whether people are at work; never when the zone's rules are gone from this machine."""
        try:
            local = now.astimezone(ZoneInfo(self.timezone))
        except (OSError, ValueError, KeyError, OverflowError):
            return False
        clock = f"{local.hour:02}:{local.minute:02}"
        today = DAYS[local.weekday()] in self.days
        if self.from_ < self.to:
            return today and self.from_ <= clock < self.to
        yesterday = DAYS[local.weekday() - 1] in self.days
        return (today and clock >= self.from_) or (yesterday and clock < self.to)
