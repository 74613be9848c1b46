"""Events that we stored ourselves, read back."""

from typing import TypeVar

from schemas.codec import decode_as
from schemas.events import Event
from schemas.faults import PassingFault, RecordFault

E = TypeVar("E", bound=Event)


def read_stored(model: type[E], value: bytes) -> E:
    """The event of a working row or of the ledger.

    Raises:
        PassingFault: `row_of_newer_version`: a newer process wrote it (a rolling upgrade). It is
            no fault of the record in hand, which waits for a process that can read the row.
    """
    try:
        return decode_as(model, value)
    except RecordFault as fault:
        raise PassingFault("row_of_newer_version", f"a stored {model.__name__}: {fault}") from fault
