"""What the read models promise: the same rows, in whatever order the topics are read."""

from collections.abc import Sequence
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import encode
from schemas.events import Drafted, Event, Reason, StateChanged
from schemas.faults import RecordFault
from schemas.names import ActionId, ExecutionStatus, Verdict
from schemas.records import Coordinates, Record
from schemas.sequence import Rank
from schemas.states import RowApproval, RowStatus, State
from sinks.project.actions import write_actions
from sinks.project.rows import (
    APPROVALS,
    EXECUTIONS,
    ApprovalKey,
    ApprovalRow,
    ExecutionKey,
    ExecutionRow,
)
from sinks.project.told import Nothing, Told, read
from state.tables import action_approvals, action_executions
from streams.memory import MemoryStore
from tests.examples import examples
from tests.stories import TOPIC_OF, Story, ends_well

Tables = tuple[dict[ExecutionKey, ExecutionRow], dict[ApprovalKey, ApprovalRow]]


def told(event: Event) -> Told:
    record = Record(Coordinates(TOPIC_OF[type(event)], 0, 0), b"t", encode(event))
    message = read(record)
    assert isinstance(message, Told)
    return message


def tables(batches: Sequence[Sequence[Event]]) -> Tables:
    store = MemoryStore()
    for batch in batches:
        with store.begin() as tx:
            write_actions(tx, [told(event) for event in batch])
    return store.rows(EXECUTIONS), store.rows(APPROVALS)


def execution(events: Sequence[Event]) -> ExecutionRow:
    (row,) = tables([events])[0].values()
    return row


def approvals(events: Sequence[Event]) -> dict[int, ApprovalRow]:
    return {row.revision: row for row in tables([events])[1].values()}


# --- any order, any repetition ---------------------------------------------------------------


def _tell(draw: st.DrawFn, story: Story, revision: int) -> None:
    """One revision, on one of the ways through the chain."""
    if draw(st.booleans()):
        _tell_asked(draw, story, revision)
        return
    drafted = story.drafted(revision)
    way = draw(st.sampled_from(["runs", "denied", "halted", "revoked"]))
    if way == "denied":
        story.assessed(drafted, Verdict.DENY)
        story.moved(State.DENIED, Rank.ASSESS, revision=revision)
    elif way == "halted":
        story.assessed(drafted, Verdict.HALT)
        story.moved(State.HALTED, Rank.ASSESS, revision=revision)
        story.moved(State.MANUAL, Rank.RESOLVE, 1, revision=revision)
    else:
        approved = story.approved(story.assessed(drafted, Verdict.AUTO_APPROVE), [])
        if way == "revoked":
            story.moved(State.REVOKED, Rank.APPROVE, 3, revision=revision, actor="eva")
            return
        story.moved(State.EXECUTING, Rank.EXECUTE, revision=revision)
        story.executed(approved, draw(st.sampled_from(ExecutionStatus)))
        story.moved(
            draw(st.sampled_from([State.SUCCEEDED, State.FAILED, State.OUTCOME_UNKNOWN])),
            Rank.OBSERVE,
            1,
            revision=revision,
        )


def _tell_asked(draw: st.DrawFn, story: Story, revision: int) -> None:
    assessed = story.assessed(story.drafted(revision), Verdict.NEEDS_APPROVAL)
    story.moved(State.PENDING_APPROVAL, Rank.APPROVE, 1, revision=revision)
    word = draw(
        st.sampled_from([None, State.APPROVED, State.REJECTED, State.EXPIRED, State.SUPERSEDED])
    )
    if word is State.APPROVED:
        approved = story.approved(assessed, draw(st.sampled_from([["eva"], ["ana", "eva"]])))
        if draw(st.booleans()):
            story.moved(State.REVOKED, Rank.APPROVE, 3, revision=revision, actor="max")
        else:
            story.executed(approved, ExecutionStatus.SUCCEEDED)
            story.moved(State.SUCCEEDED, Rank.OBSERVE, 1, revision=revision)
            story.moved(State.ROLLED_BACK, Rank.RESOLVE, 1, revision=revision)
    elif word is not None:
        story.moved(word, Rank.APPROVE, 2, revision=revision, actor="eva")


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Some of the events of one or two actions of up to three revisions each."""
    events: list[Event] = []
    for index in range(draw(st.integers(1, 2))):
        story = Story(index=index)
        if draw(st.integers(0, 5)) == 0:
            story.moved(State.INVALID, Rank.DRAFT, reason=Reason(code="bad", text="unreadable"))
        else:
            for revision in range(1, draw(st.integers(1, 3)) + 1):
                _tell(draw, story, revision)
        events += story.events
    kept = draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))
    return [event for event, keep in zip(events, kept, strict=True) if keep] or events


@settings(max_examples=examples(3), deadline=None)
@given(histories(), st.data())
def test_any_order_repetition_and_batching_of_the_same_events_gives_the_same_rows(
    events: list[Event], data: st.DataObject
) -> None:
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=5))
    shuffled = data.draw(st.permutations(repeated))
    cut = data.draw(st.integers(0, len(shuffled)))
    assert tables([shuffled[:cut], shuffled[cut:]]) == tables([events])


# --- what the rows say -----------------------------------------------------------------------


def test_the_columns_of_the_rows_are_the_columns_of_the_tables() -> None:
    for row, table in ((ExecutionRow, action_executions), (ApprovalRow, action_approvals)):
        assert {f.name for f in fields(row)} == {column.name for column in table.columns}


def test_an_action_approved_by_people_that_succeeded_is_shown_as_such() -> None:
    story = ends_well(Story(), by=["ana", "eva"])
    row = execution(story.events)
    assert (row.state, row.execution_status, row.approval_status) == (
        State.SUCCEEDED,
        RowStatus.COMPLETED,
        RowApproval.APPROVED,
    )
    assert (row.execution_result, row.error_message, row.retries) == ({"task_id": 7}, None, 1)
    assert row.risk_level == "medium"
    assert row.created_at == told(story.events[0]).at
    assert row.updated_at == told(story.events[-1]).at
    approval = approvals(story.events)[1]
    assert (approval.status, approval.decided_by) == (RowApproval.APPROVED, ["ana", "eva"])
    assert approval.requested
    assert approval.action_description == "Razón 1"
    assert approval.expires_at is not None


def test_execution_does_not_change_who_approved() -> None:
    row = execution(ends_well(Story()).events)
    assert row.approval_status is RowApproval.AUTO_APPROVED


def test_a_new_revision_forgets_the_ending_of_the_one_before() -> None:
    story = Story()
    approved = story.approved(story.assessed(story.drafted(), Verdict.AUTO_APPROVE), [])
    failed = story.executed(approved, ExecutionStatus.FAILED)
    assert execution(story.events).error_message == "http_404: not found"
    story.drafted(2)
    row = execution(story.events)
    assert (row.revision, row.state, row.approval_status) == (2, State.DRAFTED, "pending")
    assert (row.error_message, row.executed_at, row.retries) == (None, None, None)
    assert row.action_params == {"titulo": "Revisión 2", "n": 2}
    assert execution([*story.events, failed]) == row


def test_parameters_and_their_hash_come_from_one_event() -> None:
    story = Story()
    first = story.drafted()
    ahead = story.moved(State.PENDING_APPROVAL, Rank.APPROVE, 1, revision=2)
    assert isinstance(ahead, StateChanged)
    row = execution(story.events)
    assert (row.revision, row.params_hash, row.action_params) == (
        1,
        first.params_hash,
        first.params,
    )
    assert row.state is State.PENDING_APPROVAL


def test_an_action_that_was_skipped_has_no_time_of_execution() -> None:
    story = Story()
    approved = story.approved(story.assessed(story.drafted(), Verdict.AUTO_APPROVE), [])
    story.executed(approved, ExecutionStatus.SKIPPED)
    row = execution(story.events)
    assert (row.executed_at, row.error_message) == (None, "http_404: not found")


def test_an_invalid_proposal_with_an_identity_is_a_row() -> None:
    story = Story()
    story.moved(State.INVALID, Rank.DRAFT, reason=Reason(code="bad_params", text="no titulo"))
    row = execution(story.events)
    assert (row.state, row.tool, row.action_params) == (State.INVALID, "create_task", None)
    assert (row.execution_status, row.reason_code) == (RowStatus.CANCELLED, "bad_params")


def test_an_automatic_approval_asks_nobody_and_has_no_approval_row() -> None:
    assert approvals(ends_well(Story()).events) == {}


def test_an_automatic_approval_that_was_revoked_says_nobody_was_asked() -> None:
    story = Story()
    story.approved(story.assessed(story.drafted(), Verdict.AUTO_APPROVE), [])
    story.moved(State.REVOKED, Rank.APPROVE, 3, actor="eva")
    row = approvals(story.events)[1]
    assert (row.requested, row.status, row.decided_by) == (False, RowApproval.REVOKED, ["eva"])


def test_an_execution_says_nothing_new_about_its_approval() -> None:
    story = Story()
    assessed = story.assessed(story.drafted(), Verdict.NEEDS_APPROVAL)
    approved = story.approved(assessed, ["eva"])
    story.moved(State.REVOKED, Rank.APPROVE, 3, actor="max")
    story.executed(approved, ExecutionStatus.SKIPPED)
    row = approvals(story.events)[1]
    assert (row.status, row.decided_by) == (RowApproval.REVOKED, ["max"])


def test_each_revision_that_asks_has_an_approval_row_of_its_own() -> None:
    story = Story()
    story.assessed(story.drafted(), Verdict.NEEDS_APPROVAL)
    story.moved(State.SUPERSEDED, Rank.APPROVE, 2)
    story.assessed(story.drafted(2), Verdict.NEEDS_APPROVAL)
    rows = approvals(story.events)
    assert {n: row.status for n, row in rows.items()} == {1: "superseded", 2: "pending"}
    assert rows[1].id != rows[2].id


# --- what is no row --------------------------------------------------------------------------


def record(event: Event) -> Record:
    return Record(Coordinates(TOPIC_OF[type(event)], 0, 0), b"t", encode(event))


def test_an_answer_to_a_decision_and_an_unreadable_response_are_no_rows() -> None:
    change = Story().moved(State.APPROVED, Rank.APPROVE)
    answer = change.model_copy(update={"kind": "answer", "sequence": None})
    response = change.model_copy(update={"action_id": None, "state": State.INVALID})
    assert read(record(answer)) == read(record(response)) == Nothing()


@pytest.mark.parametrize("name", ["sequence", "revision", "state"])
def test_a_transition_that_cannot_be_ordered_is_refused(name: str) -> None:
    change = Story().moved(State.APPROVED, Rank.APPROVE).model_copy(update={name: None})
    with pytest.raises(RecordFault, match="transition_incomplete"):
        read(record(change))


@pytest.mark.parametrize("action", ["", "x", "F5B1B8E2-5D0A-5B8E-9C55-5B1B8E25D0AB"])
def test_an_action_id_that_is_no_canonical_uuid_is_refused(action: str) -> None:
    drafted = Story().drafted().model_copy(update={"action_id": ActionId(action)})
    assert isinstance(drafted, Drafted)
    with pytest.raises(RecordFault):
        read(record(drafted))
