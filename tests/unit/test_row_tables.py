"""Which columns of a working row are written."""

from dataclasses import replace

from schemas.names import ActionId, TenantId
from schemas.working import APPROVALS, ApprovalRow, Gate
from sinks.project.rows import EXECUTIONS, ExecutionRow
from state.row_tables import row_table


def test_only_what_changed() -> None:
    before = ApprovalRow(ActionId("a"), 1, TenantId("t"), Gate.PENDING, 1)
    after = replace(before, gate=Gate.APPROVED, step=2)
    assert row_table(APPROVALS).changed(before, after) == ("gate", "step")
    assert row_table(APPROVALS).changed(before, replace(before)) == ()


def test_json_that_python_takes_for_equal_is_another_value() -> None:
    before = ExecutionRow(ActionId("a"), TenantId("t"), action_params={"confirm": 1, "n": 0})
    after = replace(before, action_params={"confirm": True, "n": False})
    assert row_table(EXECUTIONS).changed(before, after) == ("action_params",)
