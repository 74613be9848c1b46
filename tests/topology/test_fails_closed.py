"""The design's table of what fails closed, a row after the other, through the chain in memory.

Beside it stand the faults that need the real thing: an IAM over HTTP
(`tests/integration/test_iam.py`, `tests/crash/test_iam_away.py`), and Kafka or PostgreSQL away
(`tests/crash`). That people who do not answer let an action expire comes with the clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from interlock.iam import Wanted
from interlock.settings import Settings
from processors.permission import Permission, PermissionState, unavailable
from processors.policies import CompiledPack, read_pack
from processors.settings_log import reducer
from processors.snapshot import Snapshot
from schemas.names import Topic, Verdict
from schemas.records import Coordinates, Record
from schemas.settings import Flag, PolicyPack, SourceLabel, TenantSettings
from schemas.states import State
from schemas.working import HISTORIES
from tests.topology.chain_in_memory import TASK, Chain
from tests.topology.test_policies import assessed

Change = Callable[[Snapshot], Snapshot]


def tenant(**fields: Any) -> Change:
    def change(now: Snapshot) -> Snapshot:
        changed = now.tenants["demo"].model_copy(update=fields)
        return replace(now, tenants={**now.tenants, "demo": changed})

    return change


def tool(**fields: Any) -> Change:
    def change(now: Snapshot) -> Snapshot:
        changed = now.plugins["create_task"].model_copy(update=fields)
        return replace(now, plugins={**now.plugins, "create_task": changed})

    return change


def rules(*said: dict[str, str]) -> Change:
    def change(now: Snapshot) -> Snapshot:
        pack = read_pack("p", PolicyPack.model_validate({"version": "1", "rules": list(said)}))
        assert isinstance(pack, CompiledPack), pack
        return replace(now, policies={"p": pack})

    return change


BLOCKS_ON_ERROR = {
    "name": "blocks",
    "when": "params.not_there > 3",
    "effect": "require_approval",
}
ALLOWS_ON_ERROR = {"name": "allows", "when": "params.not_there > 3", "effect": "allow"}
RELABELLED = SourceLabel.model_validate(
    {"risk_label": "low", "labelled_at": "2026-06-01T00:00:00Z"}
)

ROWS: list[tuple[str, Change, str, State]] = [
    # what is wrong, how it comes about, the reason's code, where the action stands
    (
        "tenant unknown",
        lambda now: replace(now, tenants={}),
        "tenant_unknown",
        State.PENDING_APPROVAL,
    ),
    ("automation off", tenant(automation_enabled=False), "automation_off", State.PENDING_APPROVAL),
    (
        "a flag unreadable",
        lambda now: replace(now, flags={"agent-action-approval": Flag(enabled=False)}),
        "approvals_disabled",
        State.PENDING_APPROVAL,
    ),
    ("a blocking condition errs", rules(BLOCKS_ON_ERROR), "policy", State.PENDING_APPROVAL),
    (
        "an allowing condition errs",
        rules(ALLOWS_ON_ERROR),
        "policy_default",
        State.PENDING_APPROVAL,
    ),
    (
        "the tool is gone",
        lambda now: replace(now, plugins={}),
        "tool_unknown",
        State.MANUAL,
    ),
    ("the version is gone", tool(version="2.0.0"), "", State.SUCCEEDED),
    ("not the tenant's", tool(tenants=["other"]), "tenant_not_entitled", State.MANUAL),
    (
        "the model's side could supply it",
        tool(requires=["/user_ctx/user_id"]),
        "information_missing",
        State.NEEDS_INFORMATION,
    ),
    (
        "a label older than its source",
        lambda now: replace(now, labels={"create_task": RELABELLED}),
        "label_stale",
        State.PENDING_APPROVAL,
    ),
]


@pytest.mark.parametrize(
    ("change", "code", "state"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_fault_of_the_settings(chain: Chain, change: Change, code: str, state: State) -> None:
    chain.snapshot = change(chain.snapshot)
    action = chain.respond(TASK)
    assert chain.states(action)[-1] is state
    if code:
        codes = [reason.code for reason in assessed(chain).reasons]
        assert code in codes
        assert State.EXECUTING not in chain.states(action)


def test_a_version_that_goes_between_drafting_and_assessing_is_not_executed(chain: Chain) -> None:
    """What is drafted now takes the version there is; what was drafted before does not."""
    action = chain.respond(TASK)
    (drafted,) = chain.unread("nobody", (Topic.DRAFTED,))
    assert chain.states(action)[-1] is State.SUCCEEDED
    chain.snapshot = tool(version="2.0.0")(chain.snapshot)
    header = (("ce_id", b"00000000-0000-5000-8000-000000000001"),)
    chain.pipe(Topic.DRAFTED, drafted.value, drafted.key, header)
    event = assessed(chain)
    assert (event.tool_version, event.verdict) == ("1.0.0", Verdict.HALT)
    assert event.reasons[0].code == "tool_version_gone"


def test_an_unreadable_settings_record_switches_the_tenants_automation_off(chain: Chain) -> None:
    record = Record(Coordinates(Topic.SETTINGS, 0, 42), b"tenant:demo", b"{", (), 0)
    chain.snapshot = reducer({})(chain.snapshot, [record])
    action = chain.respond(TASK)
    assert chain.states(action)[-1] is State.PENDING_APPROVAL
    assert chain.snapshot.tenants.get("demo", TenantSettings()) == TenantSettings()


class Says:
    """An IAM of one answer."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def ask(self, wanted: Sequence[Wanted]) -> Sequence[Permission]:
        return [self.permission for _ in wanted]


@pytest.mark.parametrize(
    ("answer", "code", "state"),
    [
        (unavailable("timeout"), "iam_unavailable", State.PENDING_APPROVAL),
        (Permission(PermissionState.DENIED, "no"), "iam_denied", State.DENIED),
    ],
    ids=["times out", "says no"],
)
def test_a_permission_nobody_gave(
    chain: Chain, snapshot: Snapshot, answer: Permission, code: str, state: State
) -> None:
    asking = Chain(Settings(), snapshot, asker=Says(answer))
    asking.store.rows(HISTORIES).update(chain.store.rows(HISTORIES))
    action = asking.respond(TASK)
    assert asking.states(action)[-1] is state
    assert [reason.code for reason in assessed(asking).reasons] == [code]


@pytest.mark.parametrize("trace", [None, "no trace", "0" * 32])
def test_without_a_trace_the_loop_is_broken(chain: Chain, trace: str | None) -> None:
    action = chain.respond(TASK, trace_id=trace)
    assert chain.states(action)[-1] is State.HALTED


def test_an_output_nobody_can_read_is_no_action_and_its_errors_go_back(chain: Chain) -> None:
    chain.respond(output='{"actions": [{"action_type": "create_task", "parameters": {"titulo": ')
    assert chain.count(Topic.DRAFTED) == 0
    [change] = chain.changes
    assert change.state is State.INVALID
    assert change.errors


def test_nobody_deciding_lets_nothing_run(chain: Chain) -> None:
    chain.snapshot = tenant(approval_required=True)(chain.snapshot)
    action = chain.respond(TASK)
    chain.clock.advance(timedelta(days=30).total_seconds())
    chain.run()
    assert chain.states(action) == [State.DRAFTED, State.PENDING_APPROVAL]
