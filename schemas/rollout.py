"""The values of a staged rollout on `control.settings`: the plan, how far it was advanced by hand,
and what holds it. Each is a record of its own, so that publishing one never undoes another."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, model_validator

from schemas.events import Event

MANUAL = "manual"
EVERY_TYPE = "*"
CATEGORY = "category:"
"""Before the name of a category of action definitions."""

TypeName = Annotated[str, Field(min_length=1, max_length=256)]


class _Exact(Event):
    """A field that is misspelled would be a restriction that is not there."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)


def _instant(value: object) -> object:
    """A number would be read as seconds since 1970: nobody means that by `from: 2027`."""
    if isinstance(value, bool | int | float):
        raise ValueError("an instant with a zone, such as 2027-01-04T08:00:00Z, or manual")
    return value


class RolloutStep(_Exact):
    """From when on how many of the tenants may have which types run by themselves."""

    begins: Annotated[
        Literal["manual"] | AwareDatetime, BeforeValidator(_instant), Field(alias="from")
    ]
    """`manual`: once somebody advances the plan to this step."""
    percent_of_tenants: Annotated[float, Field(ge=0, le=100)]
    types: Annotated[list[TypeName], Field(min_length=1, max_length=500)]
    """Action types, `category:<name>`, or `*`."""


class HoldRule(_Exact):
    """When failures hold the plan by themselves."""

    failure_rate: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Held above it."""
    window_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600
    least: Annotated[int, Field(ge=1, le=10_000)] = 10
    """Executions of a type within the window below which nothing is concluded."""


class RolloutPlan(_Exact):
    """Steps in order (kind `rollout`, key: the plan's name). Without a step nothing is reached."""

    rollout: Annotated[list[RolloutStep], Field(max_length=100)] = []
    hold: HoldRule = HoldRule()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        dates = [step.begins for step in self.rollout if not isinstance(step.begins, str)]
        if any(earlier > later for earlier, later in pairwise(dates)):
            raise ValueError("a step begins before the one it follows")
        return self


class RolloutReached(_Exact):
    """How many steps of a plan somebody let begin (kind `rollout_reached`, key: the plan's name).
    It counts for steps that begin by hand."""

    steps: Annotated[int, Field(ge=0, le=100)]


class RolloutHold(_Exact):
    """What holds a plan (kind `rollout_hold`, key: the plan's name). A record that says `held:
    false` lifts it; what failed before its `since` is forgiven."""

    held: bool = True
    reason: Annotated[str, Field(max_length=500)] = ""
    since: AwareDatetime
