"""Playing the samples on a running system: publish, follow, decide, report."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition
from joserfc.jwk import OKPKey

from interlock.demo.samples import TENANT, Published
from interlock.demo.story import Story
from processors.signatures import signed_decision
from schemas.codec import decode, encode_json
from schemas.events import Decision, StateChanged
from schemas.faults import ProcessFault, RecordFault
from schemas.names import ActionId, DecisionType, Topic
from streams.clients import Config, producer

OnChange = Callable[[StateChanged], None]


class Follower:
    """Reads state changes from now on: like any user interface, without a group."""

    def __init__(self, kafka: Config) -> None:
        self._consumer = Consumer(
            {
                **kafka,
                "group.id": "interlock-demo",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
            }
        )
        topic = Topic.STATE_CHANGED.value
        partitions = self._consumer.list_topics(topic, timeout=10).topics[topic].partitions
        starts = []
        for number in partitions:
            at = TopicPartition(topic, number)
            _, end = self._consumer.get_watermark_offsets(at, timeout=10)
            starts.append(TopicPartition(topic, number, end))
        self._consumer.assign(starts)

    def next(self, seconds: float) -> StateChanged | None:
        """The next change, or None after so many seconds without one."""
        message = self._consumer.poll(seconds)
        if message is None or message.error() is not None:
            return None
        return _change(message)

    def close(self) -> None:
        self._consumer.close()


def _change(message: Message) -> StateChanged | None:
    try:
        event = decode(Topic.STATE_CHANGED, message.value())
    except RecordFault:
        return None
    assert isinstance(event, StateChanged)
    return event


@dataclass(frozen=True)
class Approver:
    """The person of the demo: an identity and its private key."""

    actor: str
    key: OKPKey


class Publisher:
    """Publishes as upstream services and approvers do: plain JSON on the topics."""

    def __init__(self, kafka: Config, approver: Approver) -> None:
        self._producer = Producer(producer(kafka))
        self._approver = approver

    def publish(self, samples: list[Published]) -> None:
        for sample in samples:
            self._write(Topic.RESPONSES, orjson.dumps(sample.response))

    def decide(self, change: StateChanged, decision: DecisionType) -> None:
        """Publish a signed decision on what was seen: these parameters, this revision."""
        assert change.action_id is not None
        unsigned = Decision(
            decision_id=f"demo-{decision.value}-{change.action_id}",
            type=decision,
            tenant_id=change.tenant_id,
            action_id=ActionId(change.action_id),
            revision=change.revision,
            params_hash=change.params_hash,
            actor=self._approver.actor,
            reason="demo",
            at=datetime.now(UTC),
        )
        self._write(Topic.DECISIONS, encode_json(signed_decision(unsigned, self._approver.key)))

    def _write(self, topic: Topic, value: bytes) -> None:
        try:
            self._producer.produce(topic.value, value=value, key=TENANT.encode())
        except KafkaException as error:
            raise ProcessFault("demo_not_published", str(error)) from error
        if self._producer.flush(10):
            raise ProcessFault("demo_not_published", f"{topic} did not take the record")


def play(
    story: Story,
    samples: list[Published],
    follower: Follower,
    publisher: Publisher,
    on_change: OnChange,
    deadline_s: float,
) -> float:
    """Publish the samples and follow them until each is where it should be, or it is too late.

    Returns the seconds it took.
    """
    started = time.monotonic()
    publisher.publish(samples)
    while not story.complete and time.monotonic() - started < deadline_s:
        change = follower.next(0.2)
        if change is None:
            continue
        mine = story.add(change)
        if mine is None:
            if any(change.response_id == s.response["response_id"] for s in samples):
                on_change(change)
            continue
        on_change(change)
        if (decision := mine.wants()) is not None:
            mine.decided = True
            publisher.decide(change, decision)
    return time.monotonic() - started
