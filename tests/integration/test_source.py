"""Records and rebalances on a real broker."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

import streams.source
from launch import wait_until
from schemas.faults import PassingFault, ProcessFault
from schemas.records import Outgoing
from streams import clients
from streams.assignment import Fetched
from streams.restored import check_not_restored
from streams.source import RecordSource
from streams.transaction import TransactionalWriter

PARTITIONS = 2


@pytest.fixture
def topic(bootstrap_servers: str) -> str:
    """A topic with ten records a partition."""
    name = f"source-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    admin.create_topics([NewTopic(name, PARTITIONS, 1)])[name].result(30)
    producer = Producer({"bootstrap.servers": bootstrap_servers})
    for number in range(10 * PARTITIONS):
        producer.produce(name, b"%d" % number, partition=number % PARTITIONS)
    assert producer.flush(30) == 0
    return name


@contextmanager
def member(bootstrap_servers: str, group: str, instance: int, topic: str) -> Iterator[RecordSource]:
    config = clients.stage_consumer(
        {"bootstrap.servers": bootstrap_servers}, group, f"{group}-{instance}"
    )
    source = RecordSource(config, [topic])
    try:
        yield source
    finally:
        source.close()


def read_all(source: RecordSource) -> list[Fetched]:
    read: list[Fetched] = []

    def complete() -> bool:
        read.extend(source.collect())
        return len(read) == 10 * PARTITIONS

    wait_until(complete, 30, "all records")
    return read


def polling(source: RecordSource, until: Callable[[], bool]) -> None:
    def polled() -> bool:
        source.wait(0.1, [])
        return until()

    wait_until(polled, 30, "the rebalance")


def test_a_batch_that_waits_does_not_grow_for_ever(
    bootstrap_servers: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams.source, "MOST_WAITING", 3)
    with member(bootstrap_servers, f"group-{uuid.uuid4().hex}", 0, topic) as source:
        batch: list[Fetched] = []
        while len(batch) < 2:
            batch = source.wait(0.1, batch)
        with pytest.raises(ProcessFault, match="waited_too_long"):
            source.wait(1.0, batch)


def test_at_a_rebalance_nothing_in_hand_stays_ours_not_even_what_we_keep(
    bootstrap_servers: str, topic: str
) -> None:
    # A partition may have been another member's in between: what we hold of it may be old.
    group = f"group-{uuid.uuid4().hex}"
    with member(bootstrap_servers, group, 0, topic) as first:
        batch = read_all(first)
        assert first.assignment.still_ours(batch) == batch
        with member(bootstrap_servers, group, 1, topic) as second:
            joined = threading.Thread(
                target=polling, args=(second, lambda: len(second.assignment.partitions) == 1)
            )
            joined.start()
            polling(first, lambda: len(first.assignment.partitions) == 1)
            joined.join()
            assert first.assignment.still_ours(batch) == []
            # It reads its half again from where the group is: nothing was committed.
            again = [item for _ in range(20) for item in first.collect()]
            [kept] = first.assignment.partitions
            assert {item.record.coordinates[:2] for item in again} == {kept}
            assert again[0].record.coordinates.offset == 0


def test_what_was_taken_away_while_we_waited_is_read_when_it_comes_back(
    bootstrap_servers: str, topic: str
) -> None:
    group = f"group-{uuid.uuid4().hex}"
    with member(bootstrap_servers, group, 0, topic) as first:
        read_all(first)
        with member(bootstrap_servers, group, 1, topic) as second:
            joined = threading.Thread(
                target=polling, args=(second, lambda: len(second.assignment.partitions) == 1)
            )
            joined.start()
            # The rebalance takes it away while we wait.
            wait_until(lambda: first.wait(0.05, []) == [] and not _owned(first), 30, "revocation")
            again: list[Fetched] = []

            def half_read() -> bool:
                again.extend(first.collect())
                return len(again) == 10

            wait_until(half_read, 30, "the records of its half")
            joined.join()


def _owned(source: RecordSource) -> list[tuple[str, int]]:
    return source.assignment.partitions


def test_a_topic_the_broker_does_not_know_yet_proves_nothing(bootstrap_servers: str) -> None:
    base = {"bootstrap.servers": bootstrap_servers}
    with pytest.raises(PassingFault, match="committed_unavailable"):
        check_not_restored(base, "group", f"missing-{uuid.uuid4().hex}", dict)


def test_a_group_that_never_was_is_not_ahead_of_any_database(
    bootstrap_servers: str, topic: str
) -> None:
    base = {"bootstrap.servers": bootstrap_servers}
    check_not_restored(base, f"group-{uuid.uuid4().hex}", topic, dict)


def test_a_database_behind_the_groups_offsets_is_told(bootstrap_servers: str, topic: str) -> None:
    base = {"bootstrap.servers": bootstrap_servers}
    group = f"group-{uuid.uuid4().hex}"
    writer = TransactionalWriter(clients.transactional_producer(base, group), "test")
    assert writer.start(threading.Event())
    with member(bootstrap_servers, group, 0, topic) as source:
        read_all(source)
        writer.write([Outgoing(topic, None, b"out", ())], {(topic, 1): 7}, source)
    check_not_restored(base, group, topic, lambda: {(topic, 1): 7})
    with pytest.raises(PassingFault, match="committed up to 7"):
        check_not_restored(base, group, topic, lambda: {(topic, 1): 6})


def test_a_member_whose_name_another_took_ends_and_does_not_crash(
    bootstrap_servers: str, topic: str
) -> None:
    group = f"group-{uuid.uuid4().hex}"
    with member(bootstrap_servers, group, 0, topic) as first:
        read_all(first)
        ours = set(first.assignment.partitions)
        with member(bootstrap_servers, group, 0, topic) as second:
            polling(second, lambda: len(second.assignment.partitions) == PARTITIONS)

            def go_back_and_wait() -> bool:
                with suppress(PassingFault):
                    first.rewind(ours)
                first.wait(0.1, [])
                return False

            with pytest.raises(ProcessFault, match="consumer_fatal"):
                wait_until(go_back_and_wait, 30, "the fault")
