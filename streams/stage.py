"""What a stage is: the contract a newcomer implements.

A stage answers records with events. It owns a decision, nothing else: the shell around it
(`streams.runtime` on Kafka, `streams.driver` in memory) reads records, recognises what was
decided before, records outcomes, writes outputs, moves offsets and sends what nobody can
take to the dead-letter topic. What the shell promises, and what a stage owes:

1. `read` is called once for each record, outside any transaction. It returns an `Input` or
   raises `RecordFault`; it touches nothing but its arguments.
2. A stage that asks slow others (`Prepares`) does it in `prepare`: called once for each batch
   before any transaction, with all its inputs, those too that turn out to be decided already. It
   may call a network service; it must bound the time all of its calls take together, since
   nobody else's records move meanwhile. What it returns for an input stands in `Input.prepared`
   when `decide` sees it, in whichever transaction that is. What takes long over the records
   themselves belongs there too, before what it asks. A transaction that ends more than
   `streams.outcomes.PREPARED_HOLDS_S` after it is rolled back. A batch that is decided again later
   (a database that was away) is prepared again: an answer never waits out an outage.
3. `decide` is called inside one database transaction with inputs that were never decided
   before, in the order they arrived, each once. It returns one answer for each, in order.
   It may lock and save working rows through `tx`; it must not commit, sleep, call a network
   service, or read a clock (the instant is an argument).
4. `decide` may be called again with the same inputs, or with some of them, after the
   transaction was rolled back: a database that went away, another instance that was
   faster, a record that had to be separated from its batch. So it keeps no state of its own.
5. A `Refusal` (or a `RecordFault` raised for an input decided alone) sends the record to
   `<topic>.dlq`. For a refused input the stage saves no working rows.
6. Outputs get deterministic ids from the input's id and their place in the answer: the same
   input must give outputs in the same order.
7. Everything recorded is emitted exactly once for read-committed readers, even if the
   process dies between the two transactions.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from schemas.codec import decode, encode
from schemas.events import Decision, Event, LlmResponse
from schemas.faults import RecordFault
from schemas.identified import check_identity, is_canonical_uuid
from schemas.identity import content_hash, input_id
from schemas.names import EventId, Topic
from schemas.output import Answer
from schemas.records import UNREADABLE_HEADERS, Record
from schemas.working import WorkingRows


class Input(NamedTuple):
    """A record that was read: its identity, its event, and the record itself."""

    id: EventId
    event: Event
    record: Record
    content_hash: str | None = None
    """SHA-256 of the value, for topics that others write."""
    prepared: object = None
    """What the stage's own `prepare` returned for it; None for a stage without one."""


class Stage(Protocol):
    """See the module's docstring for who owes what."""

    @property
    def name(self) -> str:
        """Part of every output's id and of the outcomes' key: never renamed."""
        ...

    @property
    def topics(self) -> Sequence[Topic]:
        """The topics this stage reads."""
        ...

    def read(self, record: Record) -> Input:
        """Decode one record.

        Raises:
            RecordFault: nobody could read it.
        """
        ...

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        """Answer the inputs, in order.

        Raises:
            RecordFault: some input cannot be taken; the shell finds out which by bisection.
            PassingFault: try again later.
        """
        ...


@runtime_checkable
class Prepares(Protocol):
    """What a stage may do besides: ask before the transaction. See the module's docstring."""

    def prepare(self, inputs: Sequence[Input]) -> Sequence[object]:
        """What is to be known of the inputs: one for each, in order. What others do not answer
        is no error but something to know; what it raises spoils its batch as `decide` does.

        Raises:
            RecordFault: some input cannot be asked about; the shell finds out which by bisection.
            PassingFault: try again later.
        """
        ...


LARGEST_INPUT: Mapping[Topic, int] = {Topic.RESPONSES: 1_048_576, Topic.DECISIONS: 262_144}
"""Bytes. The topic takes larger records so that they can be refused with a reason."""


def read_record(record: Record) -> Input:
    """`Stage.read` for every topic of ours.

    Topics that others write get their id from us, by content; on the others the `ce_id`
    header is the producing stage's.

    Raises:
        RecordFault: too large, unreadable, without an id, or naming what cannot be.
    """
    topic = Topic(record.coordinates.topic)
    if record.headers == UNREADABLE_HEADERS:
        raise RecordFault("headers_unreadable", "a header's name is not UTF-8")
    largest = LARGEST_INPUT.get(topic)
    if largest is not None and record.value is not None and len(record.value) > largest:
        raise RecordFault(
            "record_too_large", f"the value has {len(record.value)} bytes, {largest} are taken"
        )
    event = decode(topic, record.value)
    check_identity(event)
    if isinstance(event, LlmResponse):
        content = content_hash(record.value or b"")
        identity = input_id(topic, event.tenant_id, event.response_id, content)
        return Input(identity, event, record, content)
    if isinstance(event, Decision):
        # By what it says and who signed it, not by its spelling: the same decision with other
        # white space is the same decision.
        content = content_hash(encode(event))
        identity = input_id(topic, event.tenant_id, event.decision_id, content)
        return Input(identity, event, record, content)
    ce_id = record.header("ce_id")
    if not ce_id:
        raise RecordFault("missing_ce_id", "a record of this topic needs the header ce_id")
    if not is_canonical_uuid(ce_id):
        raise RecordFault("bad_ce_id", "the header ce_id is not a UUID in lower case")
    return Input(EventId(ce_id), event, record)
