"""What a core answers for one input."""

from dataclasses import dataclass
from typing import NamedTuple

from schemas.events import Event
from schemas.names import TenantId, Topic


class Output(NamedTuple):
    """An event to be written: the record's key is the tenant, so one tenant stays ordered."""

    topic: Topic
    tenant: TenantId
    event: Event


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record the core will not take: it goes to the dead-letter topic, nobody is answered."""

    code: str
    text: str


Answer = list[Output] | Refusal
