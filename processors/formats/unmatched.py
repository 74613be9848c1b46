"""A closing mark that closes nothing: the trace of a value that ended too early.

Values of tag formats are raw. A document that a model copies into one may hold closing tags and
a call of its own, and then the document's call looks like the model's next one. What gives it
away is the closing tag that the model wrote at the end of the value: it is left over. Such a
text is refused as a whole, for nobody can tell which of its calls are the model's.
"""

from processors.formats.family import Found
from processors.formats.marks import ENDS_IN_DATA, UNMATCHED, Block


def read_unmatched(_text: str, _at: int) -> Block:
    """Reads a closing mark that the walk from call to call met."""
    return Block([UNMATCHED], None)


def if_matched(found: Found) -> Found:
    """What was found, unless such a mark is among it. On its own it is no trace of a call."""
    if ENDS_IN_DATA in found:
        return [ENDS_IN_DATA]
    if UNMATCHED not in found:
        return found
    return [UNMATCHED] if len(found) > 1 else []
