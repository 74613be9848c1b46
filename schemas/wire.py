"""The value an event was read from, kept with it: written again, alone or inside another
event, its bytes are copied.

Along the chain an event is written into a row, a queue and a report just as it came. Copying
takes a tenth of encoding it.
"""

from schemas.events import Event

MARKER = b"\xc3\x01"
HEADER = len(MARKER) + 8
"""Bytes before the body: the marker and the schema's fingerprint."""

_SLOT = vars(Event)["wire"]

remember = _SLOT.__set__
"""(event, value): the value is in single-object encoding, of the current schema."""

recall = _SLOT.__get__
"""(event) → the value.

Raises:
    AttributeError: the event was made here, or copied with changes.
"""
