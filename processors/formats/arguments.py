"""The JSON arguments of a call whose name stands before them."""

from processors.formats.json_text import named
from processors.formats.marks import Block
from processors.formats.proposal import Unreadable
from processors.formats.repair import flagged, part_or_repaired
from processors.formats.shapes import read_call


def arguments_at(text: str, at: int, name: str, source: str, closing: str) -> Block:
    """The call whose arguments begin at `at`; `closing`: the mark behind them."""
    part = part_or_repaired(text, at, closing)
    if isinstance(part.found, Unreadable):
        return Block([named(part.found, "call_not_json", f"the arguments of {name}")], part.end)
    call = read_call({"name": name, "arguments": part.found.value}, "", source)
    return Block(flagged([call], part.found), part.end)
