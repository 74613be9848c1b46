"""What a family of text formats is: marks that say it may be there, and a reader."""

from collections.abc import Callable
from typing import NamedTuple

from processors.formats.proposal import Proposal, Unreadable
from processors.formats.surface import Surface, surface_of

Found = list[Proposal | Unreadable]
MOST_ACTIONS = 50
"""In one output; more are refused, so no reader need go on behind them."""


class Family(NamedTuple):
    """One way models write calls into text.

    `reader` takes the text without the model's reasoning, at most 256 KB, and returns its calls in
    the order they stand there: none if the text holds none of this family, an `Unreadable` for
    what claims to be one of it and cannot be read. It never raises, takes linear time, and
    returns what stands in the text, never a guess. It looks for marks on the surface, and notes
    which places its blocks take.
    """

    name: str
    """The proposals' `source`."""
    marks: tuple[str, ...]
    """At least one of these stands in every text of the family."""
    reader: Callable[[Surface], Found]

    def read(self, text: str) -> Found:
        """The calls of a text."""
        return self.reader(surface_of(text))
