"""What becomes of places in windows: given back where an action ends without being claimed, and
forgotten when their time is long over."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from schemas.working import (
    LIMITS,
    RESERVATIONS,
    LimitKey,
    LimitRow,
    ReservationRow,
    ReservationState,
    RevisionKey,
    WorkingRows,
)

KEPT = timedelta(days=2)
"""How long a window is kept after it began: the longest takes a day, and clocks differ."""

_PRUNE = text(
    """
    DELETE FROM limits WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM limits
        WHERE window_start AT TIME ZONE 'UTC' < CAST(:before AS timestamptz) AT TIME ZONE 'UTC'
        ORDER BY window_start AT TIME ZONE 'UTC' LIMIT :most FOR UPDATE SKIP LOCKED))
    """
)


def release(tx: WorkingRows, reservations: Iterable[tuple[RevisionKey, ReservationRow]]) -> None:
    """Release reservations whose rows are locked; those not reserved are left alone.

    Each gives back what it took, once: the row says so from then on.
    """
    held = {key: row for key, row in reservations if row.state is ReservationState.RESERVED}
    given_back: Counter[LimitKey] = Counter()
    for row in held.values():
        for scope, start, amount in row.windows:
            if row.tenant_id is not None:
                given_back[row.tenant_id, scope, start] += amount
    limits = tx.lock(LIMITS, set(given_back))
    changed: dict[LimitKey, LimitRow] = {}
    for key, amount in given_back.items():
        # A window that was pruned meanwhile is not made again.
        if limits[key].used > 0:
            changed[key] = replace(limits[key], used=max(0, limits[key].used - amount))
    tx.save(LIMITS, changed)
    tx.save(
        RESERVATIONS,
        {key: replace(row, state=ReservationState.RELEASED) for key, row in held.items()},
    )


def prune(connection: Connection, now: datetime, most: int = 10_000) -> int:
    """Delete windows that are over, at most so many; how many there were. Nothing reads them
    again, and what one of them still had to be given back is given back to nobody.

    It waits for no lock, so it holds up no stage: what somebody holds goes the next time.
    """
    return connection.execute(_PRUNE, {"before": now - KEPT, "most": most}).rowcount
