"""Reading proposals out of a model's output: one file a family of formats, in a fixed order."""

from processors.formats.proposal import Proposal, Unreadable
from processors.formats.reading import read_output
from processors.formats.spoken import spoken

__all__ = ["Proposal", "Unreadable", "read_output", "spoken"]
