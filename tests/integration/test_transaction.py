"""The transactional writer on a real broker."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from schemas.records import Outgoing
from streams import clients
from streams.local_broker import LocalBroker
from streams.source import RecordSource
from streams.transaction import Aborted, TransactionalWriter


@pytest.fixture
def topic(bootstrap_servers: str) -> str:
    name = f"transaction-{uuid.uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])[name].result(30)
    return name


@contextmanager
def stage(bootstrap_servers: str, topic: str) -> Iterator[tuple[RecordSource, TransactionalWriter]]:
    base = {"bootstrap.servers": bootstrap_servers}
    group = f"group-{uuid.uuid4().hex}"
    source = RecordSource(clients.stage_consumer(base, group, f"{group}-0"), [topic])
    writer = TransactionalWriter(clients.transactional_producer(base, f"{group}-0"), "test")
    assert writer.start(threading.Event())
    try:
        yield source, writer
    finally:
        source.close()


def committed_values(bootstrap_servers: str, topic: str) -> list[bytes | None]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "reader",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
        }
    )
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        values: list[bytes | None] = []
        while True:
            message = consumer.poll(10)
            assert message is not None
            error = message.error()
            if error is None:
                value = message.value()
                values.append(value if value is None else bytes(value))
            elif error.code() == KafkaError._PARTITION_EOF:
                return values
    finally:
        consumer.close()


def test_who_is_no_member_of_the_group_moves_nothing(bootstrap_servers: str, topic: str) -> None:
    # Its group is empty, so the broker alone would take the offsets of nobody's generation.
    base = {"bootstrap.servers": bootstrap_servers}
    name = f"group-{uuid.uuid4().hex}-0"
    writer = TransactionalWriter(clients.transactional_producer(base, name), "test")
    assert writer.start(threading.Event())
    never_joined = Consumer(clients.stage_consumer(base, name, name))
    try:
        output = Outgoing(topic, None, b"must not be seen", ())
        with pytest.raises(Aborted, match="no member"):
            writer.write([output], {(topic, 0): 7}, never_joined)
    finally:
        never_joined.close()
    assert committed_values(bootstrap_servers, topic) == []


def test_a_member_moves_offsets_with_its_outputs(bootstrap_servers: str, topic: str) -> None:
    with stage(bootstrap_servers, topic) as (source, writer):
        while not source.assignment.partitions:
            source.collect()
        writer.write([Outgoing(topic, None, b"seen", ())], {(topic, 0): 0}, source)
        assert committed_values(bootstrap_servers, topic) == [b"seen"]


def test_a_transaction_outlives_a_broker_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    with LocalBroker(tmp_path) as broker:
        name = broker.bootstrap_servers
        admin = AdminClient({"bootstrap.servers": name})
        admin.create_topics([NewTopic("topic", 1, 1)])["topic"].result(30)
        with stage(name, "topic") as (source, writer):
            while not source.assignment.partitions:
                source.collect()
            writer.write([Outgoing("topic", None, b"before", ())], {("topic", 0): 0}, source)
            broker.kill()
            with ThreadPoolExecutor(1) as pool:
                under_way = pool.submit(
                    writer.write,
                    [Outgoing("topic", None, b"during", ())],
                    {("topic", 0): 0},
                    source,
                )
                broker.start()
                under_way.result(20)
        assert committed_values(name, "topic") == [b"before", b"during"]
