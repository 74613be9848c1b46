"""Decided once, redone after a crash, silent for duplicates: `decide_batch` on a tiny stage."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import count

import pytest

from schemas.events import Setting
from schemas.faults import PassingFault, ProcessFault, RecordFault
from schemas.identity import input_id
from schemas.names import EventId, SettingKind, TenantId, Topic
from schemas.output import Answer, Output, Refusal
from schemas.records import Coordinates, Outcome, Record
from schemas.working import RESPONSES, ResponseRow, WorkingRows
from streams import outcomes
from streams.memory import MemoryStore, MemoryTransaction
from streams.outcomes import PREPARED_HOLDS_S, Emission, Result, decide_batch
from streams.stage import Input

NOW = datetime(2026, 1, 1, tzinfo=UTC)
T = TenantId("t")


def setting(key: str) -> Setting:
    return Setting(kind=SettingKind.FLAG, key=key, actor="a", at=NOW)


class PanicException(BaseException):
    """As PyO3 raises it: a class of its own, which no module offers."""


RAISED: Mapping[str, BaseException] = {
    "panic": PanicException("index out of bounds"),
    "fault": LookupError("x"),
    "stop": KeyboardInterrupt(),
}


class Echo:
    """Reads text, answers it twice; `refuse` is refused, `poison` spoils its transaction,
    `unread` cannot be read, and those in `RAISED` raise."""

    name = "echo"
    topics = (Topic.RESPONSES,)

    def __init__(self) -> None:
        self.decided: list[str] = []

    def read(self, record: Record) -> Input:
        text = (record.value or b"").decode()
        if text == "unread":
            raise RecordFault("unreadable", "no")
        return Input(input_id("t", T, text, ""), setting(text), record)

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        answers: list[Answer] = []
        for entry in inputs:
            assert isinstance(entry.event, Setting)
            text = entry.event.key
            key = (T, text)
            row = tx.lock(RESPONSES, {key})[key]
            tx.save(RESPONSES, {key: ResponseRow(*key, (row.content_hash or "") + "x")})
            if text in RAISED:
                raise RAISED[text]
            if text == "poison":
                raise RecordFault("poison", "the database refuses")
            self.decided.append(text)
            output = Output(Topic.SETTINGS, T, entry.event)
            answers.append(Refusal("refused", "no") if text == "refuse" else [output, output])
        return answers


class Asking(Echo):
    """Asks others before it decides; `unaskable` is a record nobody could ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []
        self.known: dict[str, object] = {}

    def prepare(self, inputs: Sequence[Input]) -> Sequence[object]:
        texts = [(entry.record.value or b"").decode() for entry in inputs]
        self.asked.append(texts)
        if "unaskable" in texts:
            raise ValueError("x")
        return [f"{text} {len(self.asked)}" for text in texts]

    def decide(self, tx: WorkingRows, inputs: Sequence[Input], now: datetime) -> Sequence[Answer]:
        for entry in inputs:
            self.known[(entry.record.value or b"").decode()] = entry.prepared
        return super().decide(tx, inputs, now)


def record(text: str, offset: int) -> Record:
    return Record(Coordinates(Topic.RESPONSES, 0, offset), b"t", text.encode())


def results(emissions: list[Emission]) -> list[Result]:
    return [emission.result for emission in emissions]


def test_a_redo_emits_the_same_bytes_and_decides_nothing() -> None:
    store, stage = MemoryStore(), Echo()
    first = decide_batch(store, stage, [record("a", 0)], NOW)
    again = decide_batch(store, stage, [record("a", 0)], NOW.replace(year=2030))
    assert results(again) == [Result.REDONE]
    assert again[0].outputs == first[0].outputs
    assert len(first[0].outputs) == 2
    assert stage.decided == ["a"]


@pytest.mark.parametrize("text", ["panic", "fault"])
def test_a_core_that_fails_over_a_record_stops_no_other(text: str) -> None:
    store, stage = MemoryStore(), Echo()
    texts = ["a", text, "b"]
    emissions = decide_batch(store, stage, [record(t, n) for n, t in enumerate(texts)], NOW)
    assert results(emissions) == [Result.DECIDED, Result.REFUSED, Result.DECIDED]


def test_what_ends_the_process_is_no_fault_of_a_record() -> None:
    with pytest.raises(KeyboardInterrupt):
        decide_batch(MemoryStore(), Echo(), [record("stop", 0)], NOW)


def test_a_duplicate_at_other_coordinates_emits_nothing() -> None:
    store, stage = MemoryStore(), Echo()
    decide_batch(store, stage, [record("a", 0)], NOW)
    [emission] = decide_batch(store, stage, [record("a", 1)], NOW)
    assert (emission.result, emission.outputs) == (Result.DUPLICATE, ())


def test_a_duplicate_within_one_batch_is_decided_once() -> None:
    store, stage = MemoryStore(), Echo()
    emissions = decide_batch(store, stage, [record("a", 0), record("a", 1)], NOW)
    assert results(emissions) == [Result.DECIDED, Result.DUPLICATE]
    assert stage.decided == ["a"]


def test_outputs_of_one_input_have_different_ids() -> None:
    [emission] = decide_batch(MemoryStore(), Echo(), [record("a", 0)], NOW)
    ids = {dict(output.headers)["ce_id"] for output in emission.outputs}
    assert len(ids) == 2


def test_a_record_the_database_refuses_is_found_and_the_others_are_decided() -> None:
    store, stage = MemoryStore(), Echo()
    batch = [record(text, i) for i, text in enumerate(["a", "b", "poison", "c", "unread", "d"])]
    emissions = decide_batch(store, stage, batch, NOW)
    assert results(emissions) == [
        Result.DECIDED,
        Result.DECIDED,
        Result.REFUSED,
        Result.DECIDED,
        Result.REFUSED,
        Result.DECIDED,
    ]
    letter = emissions[2].outputs[0]
    assert letter.topic == "llm.responses.dlq"
    assert dict(letter.headers)["__streams.errors.exception"] == b"poison"
    rows = {key[1]: row.content_hash for key, row in store.rows(RESPONSES).items()}
    assert rows == dict.fromkeys("abcd", "x")


def test_a_refused_record_leaves_no_outcome_and_can_be_requeued() -> None:
    store, stage = MemoryStore(), Echo()
    [first] = decide_batch(store, stage, [record("refuse", 0)], NOW)
    assert first.result is Result.REFUSED
    assert store.outcomes == {}
    [again] = decide_batch(store, stage, [record("refuse", 5)], NOW)
    assert again.result is Result.REFUSED


def test_what_was_recorded_while_we_waited_to_enter_is_not_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, stage = MemoryStore(), Echo()
    decided = Outcome(input_id("t", T, "refuse", ""), Coordinates(Topic.RESPONSES, 0, 0), NOW, ())
    with store.begin() as tx:
        tx.record("echo", [decided])
    enter = MemoryTransaction.enter
    looks = iter([False, True])

    def late(
        self: MemoryTransaction,
        stage: str,
        ids: Sequence[EventId],
        positions: Mapping[tuple[str, int], int],
    ) -> Mapping[EventId, Outcome]:
        return enter(self, stage, ids, positions) if next(looks) else {}

    with monkeypatch.context() as patched:
        patched.setattr(MemoryTransaction, "enter", late)
        with pytest.raises(PassingFault, match="outcome_race"):
            decide_batch(store, stage, [record("refuse", 0)], NOW)
    [again] = decide_batch(store, stage, [record("refuse", 0)], NOW)
    assert again.result is Result.REDONE


def test_everything_below_a_position_is_decided_refused_records_too() -> None:
    store, stage = MemoryStore(), Echo()
    decide_batch(store, stage, [record("a", 3), record("poison", 4)], NOW)
    assert store.positions("echo") == {("llm.responses", 0): 5}


def test_a_dead_letter_keeps_coordinates_hash_and_the_first_64_kb() -> None:
    stage = Echo()
    big = Record(Coordinates("llm.responses", 2, 9), b"k", b"unread", (("mine", b"1"),))
    [emission] = decide_batch(MemoryStore(), stage, [big], NOW)
    headers = dict(emission.outputs[0].headers)
    assert headers["mine"] == b"1"
    assert (headers["__streams.errors.partition"], headers["__streams.errors.offset"]) == (
        b"2",
        b"9",
    )
    assert headers["interlock_size"] == b"6"


def test_a_redo_this_version_cannot_read_waits_for_one_that_can() -> None:
    store, stage = MemoryStore(), Echo()
    decide_batch(store, stage, [record("a", 0)], NOW)
    [(key, outcome)] = store.outcomes.items()
    newer = tuple(
        output._replace(value=b"\xc3\x01" + bytes(8) + output.value[10:])
        for output in outcome.outputs
    )
    store.outcomes[key] = outcome._replace(outputs=newer)
    with pytest.raises(PassingFault, match="row_of_newer_version"):
        decide_batch(store, stage, [record("a", 0)], NOW)
    assert store.positions("echo") == {("llm.responses", 0): 1}


def batch_of(*texts: str) -> list[Record]:
    return [record(text, offset) for offset, text in enumerate(texts)]


def test_what_was_asked_is_known_when_it_is_decided_and_asked_once_a_batch() -> None:
    stage = Asking()
    decide_batch(MemoryStore(), stage, batch_of("a", "unread", "b"), NOW)
    assert stage.asked == [["a", "b"]]
    assert stage.known == {"a": "a 1", "b": "b 1"}


def test_a_batch_that_comes_apart_is_not_asked_about_again() -> None:
    stage = Asking()
    emissions = decide_batch(MemoryStore(), stage, batch_of("a", "poison", "b", "c"), NOW)
    assert results(emissions).count(Result.DECIDED) == 3
    assert stage.asked == [["a", "poison", "b", "c"]]
    assert stage.known["c"] == "c 1"


def test_others_are_asked_before_there_is_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, store = Asking(), MemoryStore()
    asked_before = []
    begin = store.begin

    def begins() -> AbstractContextManager[MemoryTransaction]:
        asked_before.append(len(stage.asked))
        return begin()

    monkeypatch.setattr(store, "begin", begins)
    decide_batch(store, stage, batch_of("a"), NOW)
    assert asked_before == [1]


def test_a_batch_that_is_decided_again_later_is_asked_about_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An answer never waits out an outage: it may have been taken back meanwhile."""
    stage, store = Asking(), MemoryStore()
    with monkeypatch.context() as patched:
        patched.setattr(store, "begin", away)
        with pytest.raises(PassingFault):
            decide_batch(store, stage, batch_of("a"), NOW)
    decide_batch(store, stage, batch_of("a"), NOW)
    assert stage.known == {"a": "a 2"}


def test_what_waited_too_long_for_its_transaction_is_asked_about_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A lock that was waited for, a process that was stopped and woken."""
    stage, store = Asking(), MemoryStore()
    with monkeypatch.context() as patched:
        patched.setattr(outcomes, "monotonic", count(step=PREPARED_HOLDS_S + 1).__next__)
        with pytest.raises(PassingFault, match="prepared_too_old"):
            decide_batch(store, stage, batch_of("a"), NOW)
    assert store.outcomes == {}
    decide_batch(store, stage, batch_of("a"), NOW)
    assert stage.known == {"a": "a 2"}


def away() -> None:
    raise PassingFault("database_away", "x")


def test_a_record_nobody_can_ask_about_stops_no_other() -> None:
    stage = Asking()
    emissions = decide_batch(MemoryStore(), stage, batch_of("a", "unaskable", "b"), NOW)
    assert results(emissions) == [Result.DECIDED, Result.REFUSED, Result.DECIDED]


def test_a_stage_that_answers_for_too_few_ends_its_process() -> None:
    class Short(Asking):
        def prepare(self, inputs: Sequence[Input]) -> Sequence[object]:
            return []

    with pytest.raises(ProcessFault, match="stage_breaks_contract"):
        decide_batch(MemoryStore(), Short(), batch_of("a"), NOW)
