"""Whatever a well-formed record says, a stage answers it or refuses it with a reason."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.iam import NO_IAM
from interlock.pipeline import PIPELINE
from interlock.settings import Settings
from processors.signatures import signed_decision
from processors.snapshot import Snapshot
from schemas.codec import encode
from schemas.events import ActionEvent, Approved, Decision, EffectReport, Event
from schemas.faults import RecordFault
from schemas.identity import output_id
from schemas.names import EventId, Topic
from schemas.records import Coordinates, Record
from schemas.registry import MODELS
from schemas.states import ApprovalState
from streams.memory import MemoryStore
from streams.outcomes import Result, decide_batch
from tests.examples import examples
from tests.topology.chain_in_memory import Person
from tests.unit.schemas.any_event import any_event
from tests.unit.schemas.examples import ACTION

ANA = Person("ana@example.com", tenants=["*"])
SNAPSHOT = Snapshot(approvers={ANA.kid: ANA.approver})
NOW = datetime(2026, 1, 1, tzinfo=UTC)
READS = [(name, topic) for name, hop in PIPELINE.items() for topic in hop.reads]


def named(event: Event) -> Event:
    """The event, about an action that there can be: what is behind the check is met too."""
    if isinstance(event, EffectReport):
        action = named(event.action)
        return event.model_copy(update={"action": action, "step": abs(event.step) % 9_999 + 1})
    changes: dict[str, object] = {}
    if isinstance(event, ActionEvent | Decision):
        changes = {"action_id": ACTION, "revision": 1}
    if isinstance(event, Decision):
        changes["actor"] = ANA.actor
    if isinstance(event, Approved):
        state = ApprovalState.AUTO_APPROVED
        changes["approval"] = event.approval.model_copy(update={"state": state})
    return event.model_copy(update=changes)


def value_of(event: Event) -> bytes:
    """The event's record; a decision is signed.

    Raises:
        RecordFault: nobody could write it.
    """
    return encode(signed_decision(event, ANA.key) if isinstance(event, Decision) else event)


@pytest.mark.parametrize(("stage", "topic"), READS, ids=[f"{s}-{t.value}" for s, t in READS])
def test_a_stage_answers_or_refuses_whatever_it_reads(stage: str, topic: Topic) -> None:
    built = PIPELINE[stage].build(Settings(), lambda: SNAPSHOT, lambda: True, NO_IAM)
    results: set[Result] = set()
    events = any_event(MODELS[topic])

    @settings(max_examples=examples(0.4), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(events | events.map(named), min_size=1, max_size=3))
    def run(chosen: list[Event]) -> None:
        store = MemoryStore()
        for offset, event in enumerate(chosen):
            try:
                value = value_of(event)
            except RecordFault:
                continue
            ce_id = output_id("any", EventId(str(offset)), topic, 0)
            record = Record(
                Coordinates(topic.value, 0, offset), b"k", value, (("ce_id", ce_id.encode()),)
            )
            [emission] = decide_batch(store, built, [record], NOW)
            results.add(emission.result)
            for output in emission.outputs:
                code = dict(output.headers).get("__streams.errors.exception")
                assert code != b"core_failed", "refused for what it says, not for what broke"

    run()
    assert Result.DECIDED in results
