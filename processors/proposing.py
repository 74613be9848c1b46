"""What a response proposes: by its output, or by a template it names or matches."""

from dataclasses import dataclass

from processors.formats import Proposal, Unreadable, read_output
from processors.snapshot import Snapshot
from schemas.events import LlmResponse, Strategy
from schemas.names import RiskLevel


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal, and what its template adds."""

    proposal: Proposal
    template: str | None = None
    """`name@version`"""
    depends_on: tuple[int, ...] = ()
    """Places of the actions before it."""
    condition: str | None = None
    strategy: Strategy | None = None
    risk_level: RiskLevel | None = None


def propose(response: LlmResponse, settings: Snapshot) -> list[Proposed | Unreadable]:
    """Each action of the response, or what is wrong with it, in order."""
    found = read_output(response.output)
    return [item if isinstance(item, Unreadable) else Proposed(item) for item in found]
