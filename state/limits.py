"""Giving back a place in a tenant's windows, for actions that end without being claimed."""

from collections.abc import Iterable
from dataclasses import replace

from schemas.working import (
    LIMITS,
    RESERVATIONS,
    LimitKey,
    ReservationRow,
    ReservationState,
    RevisionKey,
    WorkingRows,
)


def window_keys(row: ReservationRow) -> list[LimitKey]:
    """The windows a reservation takes a place in."""
    if row.tenant_id is None or row.hour_start is None or row.day_start is None:
        return []
    return [
        (row.tenant_id, "tenant:hour", row.hour_start),
        (row.tenant_id, "tenant:day", row.day_start),
    ]


def release(tx: WorkingRows, reservations: Iterable[tuple[RevisionKey, ReservationRow]]) -> None:
    """Release reservations whose rows are locked; those not reserved are left alone.

    Each is released once: the row says so from then on.
    """
    held = {key: row for key, row in reservations if row.state is ReservationState.RESERVED}
    limits = tx.lock(LIMITS, {key for row in held.values() for key in window_keys(row)})
    for row in held.values():
        for key in window_keys(row):
            limits[key] = replace(limits[key], used=max(0, limits[key].used - 1))
    tx.save(LIMITS, limits)
    tx.save(
        RESERVATIONS,
        {key: replace(row, state=ReservationState.RELEASED) for key, row in held.items()},
    )
