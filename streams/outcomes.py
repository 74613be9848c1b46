"""Outcomes: what a stage decided for an input, recorded once, emitted as recorded.

The key is (stage, input id); beside it stand the input's coordinates, which tell a redo
from a duplicate:

    recorded?  same coordinates?   then
    no         -                   decide, record, emit
    yes        yes                 a redo after a crash: emit the recorded records again
    yes        no                  a duplicate of the input: emit nothing
    -          refused             dead letter, nothing recorded: it can be requeued

`decide_batch` is the whole of it, for Kafka and for the in-memory driver alike.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from enum import StrEnum
from functools import partial
from time import monotonic
from typing import NamedTuple, Protocol

import structlog

from schemas.faults import Fault, PassingFault, ProcessFault, RecordFault
from schemas.names import EventId
from schemas.output import Refusal
from schemas.records import Outcome, Outgoing, Record
from schemas.working import WorkingRows
from streams.bisection import bisected
from streams.envelope import dead_letter, encode_output, enveloped
from streams.stage import Input, Prepares, Stage

log = structlog.get_logger()


class OutcomeTransaction(WorkingRows, Protocol):
    """One database transaction of a stage."""

    def enter(
        self, stage: str, ids: Sequence[EventId], positions: Mapping[tuple[str, int], int]
    ) -> Mapping[EventId, Outcome]:
        """Begin a batch: note that everything below these positions is decided by it, and
        return the outcomes already there for its inputs."""
        ...

    def record(self, stage: str, outcomes: Sequence[Outcome]) -> None:
        """Store new outcomes.

        Raises:
            PassingFault: `outcome_race`: another instance recorded one of them meanwhile.
        """
        ...


class OutcomeStore(Protocol):
    """Opens transactions: committed when the block ends, rolled back when it raises.

    Raises, from the block's own statements or its end:
        RecordFault: the database rejects the content (SQLSTATE class 22 or 23).
        PassingFault: the database is away, busy or locked.
    """

    def begin(self) -> AbstractContextManager[OutcomeTransaction]: ...

    def positions(self, stage: str) -> Mapping[tuple[str, int], int]:
        """Per (topic, partition) the offset below which everything is decided."""
        ...


class Result(StrEnum):
    DECIDED = "decided"
    REDONE = "redone"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class Emission(NamedTuple):
    """What to write for one record of the batch, and why (for metrics)."""

    record: Record
    result: Result
    outputs: tuple[Outgoing, ...]


_Read = tuple[Record, Input | RecordFault]
"""A record, and what `read` made of it."""

PREPARED_HOLDS_S = 30.0
"""A transaction that ends later than this after others were asked (a lock it waited for, a process
that was stopped and woken) is rolled back, and they are asked again."""

LARGEST_OUTPUTS = 8 * 1024 * 1024
"""Bytes of outputs in one database transaction."""


@contextmanager
def _cores_faults() -> Iterator[None]:
    """A core is not supposed to raise. If one does over some content, that record is put
    aside as any other nobody can take; it must not stop the records behind it.

    Raises:
        RecordFault: `core_failed`, for what content can cause.
    """
    try:
        yield
    except Fault:
        raise
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise _failed(error) from error
    except BaseException as error:
        # What an extension in Rust raises where it panics: by class no `Exception`, and by nature
        # a fault of its content. Out of here it would end the process at each attempt.
        if type(error).__name__ != "PanicException":
            raise
        raise _failed(error) from error


def _failed(error: BaseException) -> RecordFault:
    log.error("core_failed", error=repr(error)[:500])
    return RecordFault("core_failed", type(error).__name__)


CommitHook = Callable[[], None]


def _no_hook() -> None: ...


def decide_batch(
    store: OutcomeStore,
    stage: Stage,
    records: Sequence[Record],
    now: datetime,
    before_commit: CommitHook = _no_hook,
) -> list[Emission]:
    """Decide the records in one transaction; in several if one of them spoils it. What the stage
    asks of others is asked before the first.

    Returns one emission for each record, in order. `before_commit` runs at the end of each
    transaction's block (crash tests end the process there).

    Raises:
        PassingFault: nothing was decided in the transaction that failed; call again.
    """
    read: list[_Read] = []
    for record in records:
        try:
            with _cores_faults():
                read.append((record, stage.read(record)))
        except RecordFault as fault:
            read.append((record, fault))
    if not isinstance(stage, Prepares):
        return _decide(store, stage, read, now, before_commit)
    prepared = _prepared(stage, read)
    prepared_at = monotonic()

    def still_holds() -> None:
        if monotonic() - prepared_at > PREPARED_HOLDS_S:
            raise PassingFault("prepared_too_old", "others are asked again")
        before_commit()

    return _decide(store, stage, prepared, now, still_holds)


def _prepared(stage: Prepares, read: list[_Read]) -> list[_Read]:
    """The batch with what the stage asks others about it, before there is a transaction."""
    return bisected(read, partial(_prepare, stage), lambda item, fault: (item[0], fault))


def _prepare(stage: Prepares, read: Sequence[_Read]) -> list[_Read]:
    inputs = [entry for _, entry in read if isinstance(entry, Input)]
    with _cores_faults():
        known = stage.prepare(inputs) if inputs else ()
    if len(known) != len(inputs):
        raise ProcessFault("stage_breaks_contract", "`prepare` answers each input, in order")
    prepared = iter(known)
    return [
        (record, entry._replace(prepared=next(prepared)) if isinstance(entry, Input) else entry)
        for record, entry in read
    ]


def _decide(
    store: OutcomeStore,
    stage: Stage,
    read: Sequence[_Read],
    now: datetime,
    before_commit: CommitHook,
) -> list[Emission]:
    try:
        with store.begin() as tx:
            emissions = _decide_in(tx, stage, read, now)
            before_commit()
        return emissions
    except RecordFault as fault:
        if len(read) == 1:
            if isinstance(read[0][1], RecordFault):
                raise ProcessFault(
                    "database_refuses_positions", f"not the record's fault: {fault.text}"
                ) from fault
            return _decide(store, stage, [(read[0][0], fault)], now, before_commit)
    middle = len(read) // 2
    return [
        *_decide(store, stage, read[:middle], now, before_commit),
        *_decide(store, stage, read[middle:], now, before_commit),
    ]


def _decide_in(
    tx: OutcomeTransaction,
    stage: Stage,
    read: Sequence[_Read],
    now: datetime,
) -> list[Emission]:
    inputs = [entry for _, entry in read if isinstance(entry, Input)]
    positions = _next_offsets(read)
    known = tx.enter(stage.name, [entry.id for entry in inputs], positions)
    fresh: dict[EventId, Input] = {}
    for entry in inputs:
        if entry.id not in known:
            fresh.setdefault(entry.id, entry)
    with _cores_faults():
        answers = stage.decide(tx, list(fresh.values()), now) if fresh else []
    outcomes: dict[EventId, Outcome] = {}
    written: dict[EventId, tuple[Outgoing, ...]] = {}
    refusals: dict[EventId, Refusal] = {}
    size = 0
    for entry, answer in zip(fresh.values(), answers, strict=True):
        if isinstance(answer, Refusal):
            refusals[entry.id] = answer
            continue
        outputs = tuple(encode_output(output) for output in answer)
        size += sum(len(output.value) for output in outputs)
        outcome = Outcome(entry.id, entry.record.coordinates, now, outputs)
        outcomes[entry.id] = outcome
        written[entry.id] = enveloped(stage.name, outcome, [output.event for output in answer])
    if refusals and tx.enter(stage.name, list(refusals), positions):
        # Entering, we may have waited for the instance that had the partition before us, and not
        # seen what it recorded. A second one of ours would collide; a refusal records nothing.
        raise PassingFault("outcome_race", "what is refused here was decided meanwhile")
    if size > LARGEST_OUTPUTS:
        # One statement has to carry them: halves do, and a lone record is its own fault.
        raise RecordFault("outputs_too_large", f"{size} bytes of outputs in one transaction")
    tx.record(stage.name, list(outcomes.values()))

    emissions: list[Emission] = []
    for record, item in read:
        if isinstance(item, RecordFault):
            emissions.append(_refused(stage, record, item.code, item.text))
        elif item.id in refusals:
            refusal = refusals[item.id]
            emissions.append(_refused(stage, record, refusal.code, refusal.text))
        elif item.id in known:
            emissions.append(_again(stage.name, record, known[item.id]))
        elif fresh[item.id] is item:
            emissions.append(Emission(record, Result.DECIDED, written[item.id]))
        else:
            emissions.append(Emission(record, Result.DUPLICATE, ()))
    return emissions


def _refused(stage: Stage, record: Record, code: str, text: str) -> Emission:
    return Emission(record, Result.REFUSED, (dead_letter(stage.name, record, code, text),))


def _again(stage: str, record: Record, outcome: Outcome) -> Emission:
    if outcome.coordinates == record.coordinates:
        return Emission(record, Result.REDONE, enveloped(stage, outcome))
    return Emission(record, Result.DUPLICATE, ())


def _next_offsets(
    read: Sequence[_Read],
) -> dict[tuple[str, int], int]:
    positions: dict[tuple[str, int], int] = {}
    for record, _ in read:
        at = record.coordinates
        positions[at.topic, at.partition] = at.offset + 1
    return positions
