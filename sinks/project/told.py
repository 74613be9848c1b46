"""What a record tells the read models, with everything that orders it made certain."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.codec import decode
from schemas.events import Approved, Assessed, Drafted, Executed, Setting, StateChanged
from schemas.faults import RecordFault
from schemas.names import ActionId, SettingKind, TenantId, Topic
from schemas.records import Record
from schemas.states import State

TOPICS: tuple[Topic, ...] = (
    Topic.DRAFTED,
    Topic.ASSESSED,
    Topic.APPROVED,
    Topic.EXECUTED,
    Topic.STATE_CHANGED,
    Topic.SETTINGS,
)


@dataclass(frozen=True, slots=True)
class Transition:
    """A `StateChanged` about one action: what identifies and orders it is not optional."""

    action_id: ActionId
    tenant_id: TenantId
    revision: int
    sequence: int
    state: State
    change: StateChanged


ActionNews = Drafted | Transition
"""`Drafted` stands for every event of the chain: the later ones extend it."""


@dataclass(frozen=True, slots=True)
class Told:
    """News of an action. `at` is the event's own time: telling it again gives the same row."""

    news: ActionNews
    at: datetime


@dataclass(frozen=True, slots=True)
class Configured:
    """A change of an action definition or of a tenant's settings; `version` is its offset."""

    setting: Setting
    version: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """Readable, and not for these tables: an answer, a freeze, an unreadable response."""


Message = Told | Configured | Nothing


def read(record: Record) -> Message:
    """What one record of `TOPICS` says.

    Raises:
        RecordFault: it cannot be decoded, or lacks what identifies or orders it.
    """
    event = decode(Topic(record.coordinates.topic), record.value)
    match event:
        case Drafted():
            _check_id(event.action_id)
            return Told(event, _chain_time(event, record))
        case StateChanged():
            return _transition(event)
        case Setting(kind=SettingKind.DEFINITION | SettingKind.TENANT):
            return Configured(event, record.coordinates.offset)
        case _:
            return Nothing()


def _transition(change: StateChanged) -> Told | Nothing:
    if change.kind != "transition" or change.action_id is None:
        return Nothing()
    if change.sequence is None or change.revision is None or change.state is None:
        raise RecordFault(
            "transition_incomplete", "a transition of an action has sequence, revision and state"
        )
    _check_id(change.action_id)
    return Told(
        Transition(
            change.action_id,
            change.tenant_id,
            change.revision,
            change.sequence,
            change.state,
            change,
        ),
        change.at,
    )


def _check_id(action: ActionId) -> None:
    """Only the canonical form: rows are looked up by the text as it is."""
    try:
        canonical = str(uuid.UUID(action)) == action
    except ValueError:
        canonical = False
    if not canonical:
        raise RecordFault("action_id_malformed", "action_id is not a UUID in canonical form")


def _chain_time(event: Drafted, record: Record) -> datetime:
    match event:
        case Executed():
            return event.finished_at
        case Approved():
            return event.approval.at
        case Assessed():
            return event.facts.now
        case _:
            # `drafted_at` is optional; the log keeps the record's own time as long as it.
            written = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC)
            return event.drafted_at or written
