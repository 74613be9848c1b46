"""What a built-in tool is. One file each in `plugins/tools/`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import JsonValue
from sqlalchemy import Connection

from plugins.call import Call
from plugins.parameter_schema import ParameterSchema

Result = dict[str, JsonValue]


class Risk(StrEnum):
    """The vendor's label; whoever gates the tool may raise it, never lower it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


LABELLED_AT = datetime(2026, 11, 21, tzinfo=UTC)
"""When the built-in tools were given their labels. Whoever changes a label gives its card a
later time: that is how gates learn of it."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the catalog says of a tool."""

    name: str
    version: str
    risk: Risk
    effect: str
    """One sentence: what is different in the world after a call."""
    read_only: bool = False
    permissions: tuple[str, ...] = ()
    """What whoever asks for a call must be allowed: `<what>:<verb>`."""
    sensitive_parameters: Mapping[str, str] = field(default_factory=dict)
    """JSON Pointer of a parameter → `pii`, `secret`."""
    risk_labelled_at: datetime = LABELLED_AT


class Refused(Exception):
    """The tool will not do this: a definite refusal, nothing has changed.

    Answered 422 with `effect: none`. It is not stored: the same key may be tried again
    and succeed once the reason is gone.
    """

    def __init__(self, code: str, detail: str, facts: Result | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.facts = facts or {}


class Tool(ABC):
    """A built-in tool: its card, the schema of its parameters, and what it does.

    Rollback, verification and a fencing status get their methods here when built.
    """

    card: Card

    def __init__(self) -> None:
        self.parameters = ParameterSchema.of(self.card.name)

    @abstractmethod
    def invoke(self, connection: Connection, call: Call) -> Result:
        """Do it, and say what was done.

        Called inside the transaction that holds the claim on `call.key`, so that no other
        call with this key runs beside it; never called again once that transaction has
        committed. The params are valid to the schema. Write through `connection` only and
        neither commit nor roll back: whatever is written shares the fate of the claim. An
        effect outside the database must be safe to repeat under the same key, because a
        crash before the commit runs it again.

        Returns:
            A JSON object, stored as the key's answer and given to every replay.

        Raises:
            Refused: nothing was done and nothing will be.
        """
