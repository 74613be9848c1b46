"""Settings that change between draft and assessment, in the chain."""

from dataclasses import replace

import pytest

from schemas.events import Assessed, Drafted
from schemas.names import DecisionType, Topic
from schemas.states import State
from tests.topology.chain_in_memory import TASK, Chain, Person
from tests.topology.conftest import plugin


@pytest.fixture
def ana() -> Person:
    return Person("ana@example.com")


def gone_after_draft(chain: Chain, ana: Person) -> None:
    """From the next action on `create_task` is another's, and `other_task` does the same."""
    plugins = chain.snapshot.plugins
    other = plugin("create_task").model_copy(update={"tool": "other_task"})
    before = {**plugins, "other_task": other}
    after = {**before, "create_task": plugin("create_task", tenants=["somebody"])}
    approvers = {ana.kid: ana.approver}
    chain.snapshot = replace(chain.snapshot, plugins=before, approvers=approvers)
    step = chain.step

    def stepping(name: str) -> bool:
        moved = step(name)
        if name == "draft" and moved:
            chain.snapshot = replace(chain.snapshot, plugins=after)
        return moved

    chain.step = stepping  # type: ignore[method-assign]


def test_a_candidate_is_approved_and_run_in_place_of_a_tool_that_is_gone(
    chain: Chain, ana: Person
) -> None:
    gone_after_draft(chain, ana)
    action = chain.respond(TASK, tool_candidates=["other_task"])
    (drafted,), (assessed,) = chain.events(Topic.DRAFTED), chain.events(Topic.ASSESSED)
    assert isinstance(drafted, Drafted)
    assert isinstance(assessed, Assessed)
    assert (drafted.tool, assessed.tool, assessed.degraded_from) == (
        "create_task",
        "other_task",
        "create_task",
    )
    assert chain.states(action) == [State.DRAFTED, State.PENDING_APPROVAL]
    # Who approves what was drafted approves nothing: it is another tool by now.
    ana.decide(chain, DecisionType.APPROVE, action, params_hash=drafted.params_hash)
    assert chain.answers() == [("stale", "params_hash_differs")]
    ana.decide(chain, DecisionType.APPROVE, action, params_hash=assessed.params_hash)
    assert chain.states(action)[-1] is State.SUCCEEDED
    pending = next(c for c in chain.changes if c.state is State.PENDING_APPROVAL)
    assert (pending.tool, pending.params_hash) == ("other_task", assessed.params_hash)


def test_without_a_candidate_somebody_may_do_it_by_hand(chain: Chain, ana: Person) -> None:
    gone_after_draft(chain, ana)
    assert chain.states(chain.respond(TASK))[-1] is State.MANUAL
