"""What the tests of the sink `project` share: its topics, a log to read, a sink to run.

The topics are the real ones and outlive a test, so each test has tenants of its own and a
database whose positions stand at the end of the log.
"""

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from sqlalchemy import Engine, text

from launch import wait_until
from schemas.codec import encode, encode_json
from schemas.events import Event, Setting
from schemas.names import SettingKind, TenantId, Topic
from schemas.records import Record
from sinks.project import TOPICS, ProjectSink
from state.store import PostgresStore
from streams import clients
from streams.health import Health
from streams.messages import record_of
from tests.stories import START, TOPIC_OF, Story

DEADLINE_S = 40.0


def create_topics(bootstrap: str) -> None:
    """The sink's topics and their dead letters, where they are missing."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    there = admin.list_topics(timeout=10).topics
    wanted = {t.value: 1 if t is Topic.SETTINGS else 2 for t in TOPICS}
    wanted |= {t.dlq: 1 for t in TOPICS}
    missing = [NewTopic(name, n, 1) for name, n in wanted.items() if name not in there]
    if missing:
        for created in admin.create_topics(missing).values():
            created.result(10)


@dataclass
class Log:
    """The cluster, as a test writes to it and looks at it."""

    bootstrap: str
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def story(self, number: int = 0) -> Story:
        """An action of a tenant nobody else has; numbers spread over the partitions."""
        return Story(tenant=TenantId(f"{self.name}-{number}"), origin=f"{self.name}-{number}")

    def publish(self, events: Sequence[Event]) -> None:
        self.write(
            [(TOPIC_OF[type(e)].value, str(getattr(e, "tenant_id", "")), encode(e)) for e in events]
        )

    def configure(self, kind: SettingKind, key: str, value: Mapping[str, object] | None) -> None:
        setting = Setting.model_validate(
            {"kind": kind, "key": key, "value": value, "actor": "test", "at": START}
        )
        self.write([(Topic.SETTINGS.value, key, encode_json(setting))])

    def write(self, records: Sequence[tuple[str, str, bytes | None]]) -> None:
        producer = Producer(clients.producer({"bootstrap.servers": self.bootstrap}))
        for topic, key, value in records:
            producer.produce(topic, key=key.encode(), value=value)
        assert producer.flush(20) == 0

    def read(self, topic: str) -> list[Record]:
        """All records of a topic with one partition."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": uuid.uuid4().hex,
                "enable.partition.eof": True,
            }
        )
        try:
            consumer.assign([TopicPartition(topic, 0, 0)])
            found: list[Record] = []
            while (message := consumer.poll(10)) is not None and message.error() is None:
                found.append(record_of(message))
            assert message is not None
            error = message.error()
            assert error is not None
            assert error.code() == KafkaError._PARTITION_EOF
            return found
        finally:
            consumer.close()

    def members_at_work(self, group: str) -> int:
        """Members of a consumer group that own partitions."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        described = admin.describe_consumer_groups([group])[group].result(10)
        return sum(bool(m.assignment.topic_partitions) for m in described.members)

    def ends(self) -> dict[tuple[str, int], int]:
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": uuid.uuid4().hex})
        try:
            topics = consumer.list_topics(timeout=10).topics
            return {
                (topic.value, partition): _end(consumer, topic.value, partition)
                for topic in TOPICS
                for partition in topics[topic.value].partitions
            }
        finally:
            consumer.close()


def _end(consumer: Consumer, topic: str, partition: int) -> int:
    found: list[int] = []

    def answered() -> bool:
        try:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
        except KafkaException as error:
            # A topic just made has no leader yet.
            if error.args[0].code() in (
                KafkaError.NOT_LEADER_FOR_PARTITION,
                KafkaError.UNKNOWN_TOPIC_OR_PART,
                KafkaError.LEADER_NOT_AVAILABLE,
            ):
                return False
            raise
        found.append(end)
        return True

    wait_until(answered, DEADLINE_S, f"{topic}[{partition}] to have a leader")
    return found[0]


def start_from_here(engine: Engine, log: Log) -> None:
    """As if everything now in the log were applied."""
    with PostgresStore(engine).begin() as tx:
        tx.advance("project", log.ends())


@contextmanager
def running(engine: Engine, log: Log, group: str, instance: int = 0) -> Iterator[Health]:
    """A sink in a thread; its fault is raised when the block ends."""
    base = {"bootstrap.servers": log.bootstrap}
    health, stopping = Health(), threading.Event()
    sink = ProjectSink(
        engine,
        clients.stage_consumer(base, group, f"{group}-{instance}"),
        clients.producer(base),
        health,
    )
    faults: list[BaseException] = []

    def run() -> None:
        try:
            sink.run(stopping)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=run, name=f"project-{instance}")
    thread.start()
    try:
        yield health
    finally:
        stopping.set()
        thread.join(30)
        assert not thread.is_alive()
        if faults:
            raise faults[0]


def states(engine: Engine, log: Log) -> dict[str, str]:
    """State of each of the test's actions, by tenant."""
    statement = text(
        "SELECT tenant_id, state FROM action_executions WHERE tenant_id LIKE :t ORDER BY 1"
    )
    own = {"t": f"{log.name}-%"}
    with engine.connect() as connection:
        return {row.tenant_id: row.state for row in connection.execute(statement, own)}


def wait_for_states(engine: Engine, log: Log, wanted: Mapping[str, str]) -> None:
    wait_until(
        lambda: states(engine, log) == wanted, DEADLINE_S, f"{wanted}, not {states(engine, log)}"
    )
