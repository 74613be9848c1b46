"""Whether an event names what it is about in the one form that rows are looked up by.

Our own stages write nothing else. Somebody else's record, or a bug's, must end as a dead
letter: PostgreSQL takes a UUID in several spellings and gives one back, so a row would be
locked under a name that nobody asked for, and the stage would fail over it for ever.
"""

import re

from schemas.events import ActionEvent, Approved, Decision, EffectReport, Event
from schemas.faults import RecordFault
from schemas.sequence import fits_step
from schemas.states import ApprovalState

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LARGEST_REVISION = 2**31 - 1
_MAY_RUN = (ApprovalState.APPROVED, ApprovalState.AUTO_APPROVED)


def is_canonical_uuid(text: str) -> bool:
    """Lower case, with hyphens: as `str(uuid.UUID(text))` writes it."""
    return _UUID.fullmatch(text) is not None


def check_identity(event: Event) -> None:
    """Refuse an event that names no action, revision or step there could be.

    Raises:
        RecordFault: `bad_field`.
    """
    match event:
        case EffectReport():
            check_identity(event.action)
            if not (event.step > 0 and fits_step(event.step)):
                raise RecordFault("bad_field", "step is not a count of reports")
        case Approved():
            _check(event.action_id, event.revision)
            if event.approval.state not in _MAY_RUN:
                raise RecordFault("bad_field", "approval.state lets nothing run")
        case ActionEvent() | Decision():
            _check(event.action_id, event.revision)


def _check(action: str | None, revision: int | None) -> None:
    if action is not None and not is_canonical_uuid(action):
        raise RecordFault("bad_field", "action_id is not a UUID in lower case")
    if revision is not None and not 1 <= revision <= _LARGEST_REVISION:
        raise RecordFault("bad_field", "revision is not a positive number of 32 bits")
