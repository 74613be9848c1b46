"""Every state has its place in the tables."""

from schemas.states import FINAL, ROW_STATUS, RowStatus, State


def test_every_state_maps_to_the_status_columns() -> None:
    assert set(ROW_STATUS) == set(State)


def test_a_final_state_is_never_shown_as_pending() -> None:
    assert all(
        ROW_STATUS[state][0]
        not in (RowStatus.PENDING, RowStatus.QUEUED, RowStatus.EXECUTING, RowStatus.UNKNOWN)
        for state in FINAL
    )
