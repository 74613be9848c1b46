"""An action's next event, and the bytes an event was read from."""

import pytest

from schemas.codec import decode, encode
from schemas.continuation import continued
from schemas.events import Approved, Assessed, Drafted, EffectReport
from schemas.names import Topic
from tests.unit.schemas.examples import EXAMPLES


def assessed() -> Assessed:
    event = EXAMPLES[Topic.ASSESSED]
    assert isinstance(event, Assessed)
    return event


def test_it_carries_everything_and_adds_what_was_found() -> None:
    wanted = EXAMPLES[Topic.APPROVED]
    assert isinstance(wanted, Approved)
    earlier = Assessed(**{name: getattr(wanted, name) for name in Assessed.model_fields})
    made = continued(Approved, earlier, wanted.sequence, approval=wanted.approval)
    assert made == wanted
    assert encode(made) == encode(wanted)


def test_a_field_that_is_missing_or_unknown_is_named() -> None:
    with pytest.raises(TypeError, match="approval"):
        continued(Approved, assessed(), 1)
    with pytest.raises(TypeError, match="approvals"):
        continued(Approved, assessed(), 1, approval=None, approvals=None)


def test_a_copy_with_changes_is_written_with_them() -> None:
    read = decode(Topic.DRAFTED, encode(EXAMPLES[Topic.DRAFTED]))
    assert isinstance(read, Drafted)
    changed = read.model_copy(update={"reasoning": "another"})
    assert decode(Topic.DRAFTED, encode(changed)) == changed != read


def test_what_was_read_and_what_was_made_are_written_alike_inside_another() -> None:
    made = EXAMPLES[Topic.REPORTS]
    assert isinstance(made, EffectReport)
    read = decode(Topic.APPROVED, encode(made.action))
    assert isinstance(read, Approved)
    assert encode(made.model_copy(update={"action": read})) == encode(made)


def test_an_event_of_a_later_kind_inside_another_is_written_as_the_kind_it_stands_for() -> None:
    report = EXAMPLES[Topic.REPORTS]
    assert isinstance(report, EffectReport)
    later = decode(Topic.EXECUTED, encode(EXAMPLES[Topic.EXECUTED]))
    told = decode(Topic.REPORTS, encode(report.model_copy(update={"action": later})))
    assert isinstance(told, EffectReport)
    assert type(told.action) is Approved
