"""The control feed on real Kafka: loaded to the end, live, and honest about its proof."""

import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from launch import wait_until
from schemas.faults import PassingFault, ProcessFault
from schemas.records import Record
from streams.control_feed import ControlFeed
from streams.local_broker import LocalBroker

Seen = tuple[bytes | None, ...]
NOTHING: Seen = ()


def gather(seen: Seen, records: Sequence[Record]) -> Seen:
    return (*seen, *(record.value for record in records))


@dataclass
class ControlTopic:
    bootstrap_servers: str
    name: str

    def __post_init__(self) -> None:
        self.admin = AdminClient({"bootstrap.servers": self.bootstrap_servers})
        self._producer = Producer(
            {"bootstrap.servers": self.bootstrap_servers, "enable.idempotence": True}
        )

    def create(self, partitions: int = 1) -> None:
        self.admin.create_topics([NewTopic(self.name, partitions, 1)])[self.name].result(30)

    def delete(self) -> None:
        self.admin.delete_topics([self.name])[self.name].result(30)

    def write(self, *values: bytes) -> None:
        """Returns when the broker has them."""
        for value in values:
            self._producer.produce(self.name, value)
        assert self._producer.flush(30) == 0

    def transaction(self) -> Producer:
        """A producer with an open transaction."""
        producer = Producer(
            {"bootstrap.servers": self.bootstrap_servers, "transactional.id": uuid.uuid4().hex}
        )
        producer.init_transactions(30)
        producer.begin_transaction()
        return producer

    def feed(self) -> ControlFeed[Seen]:
        return ControlFeed(
            {"bootstrap.servers": self.bootstrap_servers}, gather, NOTHING, topic=self.name
        )


@pytest.fixture
def topic(bootstrap_servers: str) -> ControlTopic:
    topic = ControlTopic(bootstrap_servers, f"control-{uuid.uuid4().hex[:8]}")
    topic.create()
    return topic


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[LocalBroker]:
    with LocalBroker(tmp_path / "broker") as broker:
        yield broker


def proven_after(feed: ControlFeed[Seen], moment: float) -> None:
    """Wait for a proof that was asked for after `moment`."""
    wait_until(lambda: (feed.proven_at or 0) > moment, 15, "a newer proof")


def test_loaded_means_read_to_the_end(topic: ControlTopic) -> None:
    values = tuple(b"%d" % n for n in range(5_000))
    topic.write(*values)
    with topic.feed() as feed:
        feed.wait_loaded(30)
        assert feed.snapshot == values


def test_an_empty_topic_is_loaded_too(topic: ControlTopic) -> None:
    with topic.feed() as feed:
        feed.wait_loaded(30)
        assert feed.snapshot == ()


def test_a_record_counts_within_a_second_of_being_written(topic: ControlTopic) -> None:
    with topic.feed() as feed:
        feed.wait_loaded(30)
        for n in range(20):
            topic.write(b"%d" % n)
            written = time.monotonic()
            wait_until(lambda: len(feed.snapshot) > n, 5, "the record", 0.001)  # noqa: B023
            assert time.monotonic() - written < 1


def test_a_new_proof_comes_several_times_a_second(topic: ControlTopic) -> None:
    with topic.feed() as feed:
        feed.wait_loaded(30)
        proofs = [feed.proven_at or 0]
        for _ in range(11):
            proven_after(feed, proofs[-1])
            proofs.append(feed.proven_at or 0)
        gaps = sorted(later - earlier for earlier, later in pairwise(proofs))
        assert gaps[len(gaps) // 2] < 0.5
        assert feed.proven_within(1)


def test_a_proof_asked_after_a_write_rests_on_that_write(topic: ControlTopic) -> None:
    with topic.feed() as feed:
        feed.wait_loaded(30)
        for n in range(20):
            topic.write(b"%d" % n)
            written = time.monotonic()
            proven_after(feed, written)
            assert len(feed.snapshot) == n + 1


def test_markers_and_aborted_records_do_not_keep_it_from_the_end(topic: ControlTopic) -> None:
    with topic.feed() as feed:
        feed.wait_loaded(30)
        aborted = topic.transaction()
        aborted.produce(topic.name, b"never")
        aborted.flush(30)
        aborted.abort_transaction(30)
        committed = topic.transaction()
        committed.produce(topic.name, b"counts")
        committed.commit_transaction(30)
        proven_after(feed, time.monotonic())
        assert feed.snapshot == (b"counts",)
    with topic.feed() as again:
        again.wait_loaded(30)
        assert again.snapshot == (b"counts",)


def test_behind_an_open_transaction_nothing_is_proven(topic: ControlTopic) -> None:
    with topic.feed() as feed:
        feed.wait_loaded(30)
        open_transaction = topic.transaction()
        open_transaction.produce(topic.name, b"first")
        open_transaction.flush(30)
        topic.write(b"a freeze behind it")
        written = time.monotonic()
        wait_until(lambda: not feed.proven_within(1), 15, "the proof to grow old")
        assert (feed.proven_at or 0) < written
        open_transaction.commit_transaction(30)
        proven_after(feed, written)
        assert feed.snapshot == (b"first", b"a freeze behind it")


def test_a_topic_that_comes_later_is_waited_for(bootstrap_servers: str) -> None:
    topic = ControlTopic(bootstrap_servers, f"control-{uuid.uuid4().hex[:8]}")
    with topic.feed() as feed:
        wait_until(lambda: "nknown topic" in (feed.trouble or ""), 30, "the missing topic")
        with pytest.raises(PassingFault, match="settings_not_loaded"):
            feed.wait_loaded(0)
        topic.create()
        topic.write(b"1")
        feed.wait_loaded(30)
        proven_after(feed, time.monotonic())
        assert feed.snapshot == (b"1",)


def test_a_topic_made_again_ends_the_feed(topic: ControlTopic) -> None:
    topic.write(b"1", b"2")
    faults: list[ProcessFault] = []
    feed = ControlFeed(
        {"bootstrap.servers": topic.bootstrap_servers},
        gather,
        NOTHING,
        topic=topic.name,
        on_fault=faults.append,
    )
    with feed:
        feed.wait_loaded(30)
        topic.delete()

        def made_again() -> bool:
            try:
                topic.create()
            except Exception:
                return False
            return True

        wait_until(made_again, 30, "the topic to be made again")
        topic.write(*(b"%d" % n for n in range(10)))
        wait_until(lambda: faults, 30, "the fault")
        # Three pieces of evidence, and whichever comes first ends it: the topic's id, its end, or,
        # while it is still empty, a fetch from a place it does not have.
        assert faults[0].code in (
            "control_topic_recreated",
            "control_topic_cut",
            "control_feed_lost",
        )
        assert not feed.proven_within(60)
        with pytest.raises(ProcessFault):
            feed.wait_loaded(0)


def test_several_partitions_are_refused(bootstrap_servers: str) -> None:
    topic = ControlTopic(bootstrap_servers, f"control-{uuid.uuid4().hex[:8]}")
    topic.create(partitions=2)
    with topic.feed() as feed, pytest.raises(ProcessFault, match="2 partitions"):
        feed.wait_loaded(30)


def test_a_failing_reducer_ends_the_feed(topic: ControlTopic) -> None:
    def fails(seen: Seen, records: Sequence[Record]) -> Seen:
        raise RuntimeError("no")

    topic.write(b"1")
    feed = ControlFeed(
        {"bootstrap.servers": topic.bootstrap_servers}, fails, NOTHING, topic=topic.name
    )
    with feed, pytest.raises(ProcessFault, match="control_feed_failed"):
        feed.wait_loaded(30)


def test_stopping_ends_the_thread_and_keeps_the_snapshot(topic: ControlTopic) -> None:
    topic.write(b"1")
    feed = topic.feed()
    feed.start()
    feed.wait_loaded(30)
    feed.stop()
    assert feed.snapshot == (b"1",)
    assert "control-feed" not in {thread.name for thread in threading.enumerate()}


def test_a_broker_restart_only_makes_the_proof_old(own_broker: LocalBroker) -> None:
    topic = ControlTopic(own_broker.bootstrap_servers, "control.settings")
    topic.create()
    topic.write(b"1")
    with topic.feed() as feed:
        feed.wait_loaded(30)
        own_broker.kill()
        wait_until(lambda: not feed.proven_within(1), 15, "the proof to grow old")
        assert b"1" in feed.snapshot
        assert feed.fault is None
        own_broker.start()
        topic.write(b"2")
        proven_after(feed, time.monotonic())
        assert feed.snapshot == (b"1", b"2")
