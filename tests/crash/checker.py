"""What a reader of the topics and the databases sees, and what it must never see."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition
from sqlalchemy import create_engine, text

from schemas.codec import decode
from schemas.events import StateChanged
from schemas.names import Topic
from schemas.states import FINAL, State

EVENTS = (Topic.DRAFTED, Topic.ASSESSED, Topic.APPROVED, Topic.EXECUTED, Topic.STATE_CHANGED)
ENDS = FINAL | {State.OUTCOME_UNKNOWN, State.MANUAL, State.HALTED}


def read_committed(bootstrap: str, topics: Sequence[str]) -> list[Message]:
    """Everything a read-committed reader sees on these topics, from start to end as of now."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "checker",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        known = consumer.list_topics(timeout=10).topics
        partitions = {(topic, number) for topic in topics for number in known[topic].partitions}
        consumer.assign([TopicPartition(*partition, 0) for partition in partitions])
        at_end: set[tuple[str | None, int | None]] = set()
        found: list[Message] = []
        while at_end != partitions:
            message = consumer.poll(10)
            assert message is not None, f"no end of {partitions - at_end}"
            error = message.error()
            if error is None:
                found.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                at_end.add((message.topic(), message.partition()))
            else:
                raise AssertionError(error.str())
        return found
    finally:
        consumer.close()


def header(message: Message, name: str) -> str:
    headers = cast(list[tuple[str, bytes]], message.headers() or [])
    return next((value.decode() for key, value in headers if key == name), "")


@dataclass(frozen=True)
class Seen:
    """What the topics say about one tenant."""

    states: dict[str, list[State]]
    """action_id → its transitions' states, by sequence."""
    records: Counter[tuple[str, str]]
    """(topic, action_id) → records on the topics of the chain, `ce_id`s counted once each."""
    duplicates: list[tuple[str, str]]
    """(topic, ce_id) seen more than once."""

    def last(self, action: str) -> State | None:
        return self.states[action][-1] if action in self.states else None


def look(bootstrap: str, tenant: str) -> Seen:
    """Read every topic of the chain as an outsider does."""
    transitions: dict[str, dict[int, State]] = defaultdict(dict)
    ids: Counter[tuple[str, str]] = Counter()
    records: Counter[tuple[str, str]] = Counter()
    for message in read_committed(bootstrap, EVENTS):
        topic = Topic(message.topic() or "")
        ids[topic.value, header(message, "ce_id")] += 1
        if message.key() != tenant.encode():
            continue
        event = decode(topic, message.value())
        action = str(getattr(event, "action_id", ""))
        records[topic.value, action] += 1
        if isinstance(event, StateChanged) and event.kind == "transition":
            assert event.sequence is not None
            assert event.state is not None
            known = transitions[action].setdefault(event.sequence, event.state)
            assert known is event.state, f"two states at sequence {event.sequence}"
    states = {
        action: [state for _, state in sorted(by_sequence.items())]
        for action, by_sequence in transitions.items()
    }
    return Seen(states, records, [key for key, count in ids.items() if count > 1])


def effects(database_url: str, tenant: str) -> Counter[str]:
    """idempotency key → effects the plugin host really made for the tenant."""
    engine = create_engine(database_url)
    statement = text(
        "SELECT key, count(*) AS effects FROM plugin_host.effect_log"
        " WHERE tenant_id = :t GROUP BY key"
    )
    with engine.connect() as connection:
        found = Counter(
            {row.key: row.effects for row in connection.execute(statement, {"t": tenant})}
        )
    engine.dispose()
    return found


def projected(database_url: str, tenant: str) -> dict[str, str]:
    """action id → state in the read model."""
    engine = create_engine(database_url)
    statement = text("SELECT id::text AS id, state FROM action_executions WHERE tenant_id = :t")
    with engine.connect() as connection:
        found = {row.id: row.state for row in connection.execute(statement, {"t": tenant})}
    engine.dispose()
    return found


def check_once_each(bootstrap: str, database_url: str, tenant: str, actions: set[str]) -> Seen:
    """The promise, for actions that should all have run: one record of each kind, one final
    state, one effect, no id twice."""
    seen = look(bootstrap, tenant)
    assert seen.duplicates == []
    assert set(seen.states) == actions
    for action in actions:
        assert seen.states[action] == [
            State.DRAFTED,
            State.AUTO_APPROVED,
            State.EXECUTING,
            State.SUCCEEDED,
        ], action
        for topic in (Topic.DRAFTED, Topic.ASSESSED, Topic.APPROVED, Topic.EXECUTED):
            assert seen.records[topic.value, action] == 1, (topic, action)
    assert effects(database_url, tenant) == Counter(dict.fromkeys((f"{a}.1" for a in actions), 1))
    return seen
