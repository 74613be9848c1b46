"""Batches of the sink `project` on a real database: who else writes, and what went back."""

import threading
from collections.abc import Mapping, Sequence

import pytest
from confluent_kafka import OFFSET_BEGINNING
from sqlalchemy import Engine, text

from schemas.codec import encode
from schemas.events import Event
from schemas.faults import PassingFault, ProcessFault
from schemas.names import TenantId
from schemas.records import Coordinates, Outgoing, Record
from sinks.metrics import SinkMetrics
from sinks.project import rows_digest
from sinks.project.progress import Progress
from sinks.project.projection import Projection
from state.engine import stage_engine
from state.store import PostgresStore
from streams.dead_letters import DeadLetters
from tests.stories import TOPIC_OF, Story, ends_well

Log = list[Record]


class Letters(DeadLetters):
    """Dead letters kept in a list, or refused while the broker is away."""

    def __init__(self) -> None:
        self.written: list[Outgoing] = []
        self.away = False

    def write(self, letters: Sequence[Outgoing]) -> None:
        if self.away and letters:
            raise PassingFault("dead_letter_not_written", "the broker is away")
        self.written += letters


class Instance:
    """One process' worth of the sink, without its consumer."""

    def __init__(self, engine: Engine) -> None:
        store = PostgresStore(engine)
        self.letters = Letters()
        self.progress = Progress(store, "project")
        self.progress.load()
        self.projection = Projection(store, self.progress, self.letters, SinkMetrics("test"))

    def apply(self, records: Sequence[Record]) -> None:
        self.projection.apply(records)


def log_of(events: Sequence[Event]) -> Log:
    """The events as records, each topic from offset 0."""
    ends: dict[str, int] = {}
    log: Log = []
    for event in events:
        topic = TOPIC_OF[type(event)].value
        offset = ends.setdefault(topic, 0)
        ends[topic] += 1
        log.append(Record(Coordinates(topic, 0, offset), b"t", encode(event)))
    return log


def positions(engine: Engine) -> dict[tuple[str, int], int]:
    return dict(PostgresStore(engine).positions("project"))


def test_a_zombie_tells_nothing_again_and_moves_no_position_back(engine: Engine) -> None:
    log = log_of(ends_well(Story(), by=["eva"]).events)
    log.insert(1, Record(Coordinates("actions.drafted", 0, 1), b"t", b"garbage"))
    zombie, owner = Instance(engine), Instance(engine)
    owner.apply(log)
    assert len(owner.letters.written) == 1
    stood, digest = positions(engine), rows_digest(engine)
    zombie.apply(log[:4])
    zombie.apply(log[4:])
    assert (positions(engine), rows_digest(engine)) == (stood, digest)
    assert zombie.letters.written == []


def test_instances_that_write_the_same_actions_at_once_lose_nothing(
    engine: Engine, database_url: str
) -> None:
    stories = [ends_well(Story(origin=f"r-{n}"), by=["eva"]) for n in range(40)]
    log = log_of([event for story in stories for event in story.events])
    by_topic: dict[str, Log] = {}
    for record in log:
        by_topic.setdefault(record.coordinates.topic, []).append(record)
    shared = stage_engine(database_url, "shared", pool_size=len(by_topic))
    faults: list[BaseException] = []

    def work(records: Log) -> None:
        instance = Instance(shared)
        try:
            for start in range(0, len(records), 7):
                instance.apply(records[start : start + 7])
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(records,)) for records in by_topic.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    together = rows_digest(engine)
    assert faults == []
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE action_executions, action_approvals, positions"))
    Instance(shared).apply(log)
    assert rows_digest(engine) == together
    shared.dispose()


def test_a_dead_letter_that_cannot_be_written_holds_the_position(engine: Engine) -> None:
    log = log_of([Story().drafted()])
    poison = Record(Coordinates("actions.drafted", 0, 1), b"t", b"garbage")
    instance = Instance(engine)
    instance.letters.away = True
    with pytest.raises(PassingFault):
        instance.apply([*log, poison])
    assert positions(engine) == {}
    instance.letters.away = False
    instance.apply([*log, poison])
    assert positions(engine) == {("actions.drafted", 0): 2}
    assert [letter.topic for letter in instance.letters.written] == ["actions.drafted.dlq"]


def test_only_the_record_at_fault_leaves_its_batch(engine: Engine) -> None:
    stories = [Story(origin=f"r-{n}") for n in range(9)]
    events = [story.drafted() for story in stories]
    events[6] = events[6].model_copy(update={"tenant_id": TenantId("a"), "reasoning": "x"})
    events[6] = events[6].model_copy(update={"params": {"text": "\0"}})
    instance = Instance(engine)
    instance.apply(log_of(events))
    assert len(instance.letters.written) == 1
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM action_executions")).scalar_one()
    assert found == 8
    assert positions(engine) == {("actions.drafted", 0): 9}


def test_a_database_restored_under_a_running_sink_ends_the_process(engine: Engine) -> None:
    log = log_of([Story(origin=f"r-{n}").drafted() for n in range(3)])
    instance = Instance(engine)
    instance.apply(log[:2])
    with engine.begin() as connection:
        connection.execute(text("UPDATE positions SET next_offset = 1"))
    with pytest.raises(ProcessFault, match="positions_went_back"):
        instance.apply(log[2:])
    assert positions(engine) == {("actions.drafted", 0): 1}


def test_another_clusters_log_is_not_skipped_in_silence(engine: Engine) -> None:
    log = log_of([Story().drafted()])
    with PostgresStore(engine).begin() as tx:
        tx.advance("project", {("actions.drafted", 0): 50})
    progress = Instance(engine).progress
    progress.start_at([("actions.drafted", 0)])
    with pytest.raises(ProcessFault, match="log_older_than_positions"):
        progress.check_log(log)


def test_what_the_instance_before_stored_after_we_began_is_skipped(engine: Engine) -> None:
    log = log_of([Story(origin=f"r-{n}").drafted() for n in range(4)])
    partition = ("actions.drafted", 0)
    instance = Instance(engine)
    assert instance.progress.start_at([partition]) == {partition: OFFSET_BEGINNING}
    Instance(engine).apply(log[:3])
    for batch in (log[:2], log[2:]):
        instance.progress.check_log(batch)
        instance.apply(batch)
    assert positions(engine) == {partition: 4}


class AwayAtTimes(PostgresStore):
    away = False

    def positions(self, stage: str) -> Mapping[tuple[str, int], int]:
        if self.away:
            raise PassingFault("database_unavailable", "away")
        return super().positions(stage)


def test_a_rebalance_without_the_database_starts_from_what_was_known(engine: Engine) -> None:
    drafted, unknown = ("actions.drafted", 0), ("actions.drafted", 1)
    store = AwayAtTimes(engine)
    progress = Progress(store, "project")
    for position in (50, 60):
        with store.begin() as tx:
            tx.advance("project", {drafted: position})
        starts = progress.start_at([drafted, unknown])
        assert starts == {drafted: 50, unknown: OFFSET_BEGINNING}
        store.away = True
    store.away = False
    assert progress.start_at([drafted]) == {drafted: 60}
