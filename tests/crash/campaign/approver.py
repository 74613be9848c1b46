"""The people of a campaign: they approve, reject, hesitate, and some of them forge.

Half of them decide as soon as assess has spoken, often before approve knows the action; the
others wait until it shows as `pending_approval`.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from joserfc.jwk import OKPKey

from processors.signatures import signed_decision
from schemas.codec import decode, encode_json
from schemas.events import Assessed, Decision, StateChanged
from schemas.names import DecisionType, Topic, Verdict
from schemas.states import State
from tests.crash.campaign.journal import Journal
from tests.crash.campaign.preparation import ANA, EVE, PARTITIONS, Keys

HABITS: Mapping[str, int] = {
    "approve": 47,
    "reject": 15,
    "approve_twice": 6,
    "send_twice": 6,
    "stale_first": 6,
    "foreign_first": 6,
    "forged_first": 6,
    "approve_then_reject": 5,
    "leave": 3,
}
"""What is done with an action, of a hundred."""


@dataclass(frozen=True)
class Asked:
    tenant: str
    action_id: str
    revision: int
    params_hash: str


def habit(seed: int, action_id: str) -> str:
    """By the seed and the action, whenever it is seen."""
    digest = hashlib.sha256(f"{seed}:{action_id}".encode()).digest()
    place = int.from_bytes(digest[:4], "big") % sum(HABITS.values())
    for name, weight in HABITS.items():
        place -= weight
        if place < 0:
            return name
    raise AssertionError


def eager(seed: int, action_id: str) -> bool:
    return hashlib.sha256(f"eager {seed}:{action_id}".encode()).digest()[0] % 2 == 0


@dataclass
class Approver:
    """Follows two topics from their start, on a thread of its own."""

    bootstrap: str
    keys: Keys
    seed: int
    journal: Journal
    on_left_alone: Callable[[], None]
    undecided: list[str] = field(default_factory=list)
    decided: int = 0
    _seen: set[tuple[str, int]] = field(default_factory=set)

    def run(self, stopping: threading.Event) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "campaign-approver",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.message.max.bytes": 13 * 1024 * 1024,
                "log_level": 2,
            }
        )
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "log_level": 2,
            }
        )
        consumer.assign(
            [
                TopicPartition(topic.value, number, 0)
                for topic in (Topic.ASSESSED, Topic.STATE_CHANGED)
                for number in range(PARTITIONS)
            ]
        )
        while not stopping.is_set():
            for message in consumer.consume(500, 0.1):
                value = message.value()
                if message.error() is None and value is not None:
                    self._look(producer, str(message.topic()), value)
            producer.poll(0)
        producer.flush(30)
        consumer.close()

    def _look(self, producer: Producer, topic: str, value: bytes) -> None:
        asked = _asked(self.seed, decode(Topic(topic), value))
        if asked is None or (asked.action_id, asked.revision) in self._seen:
            return
        self._seen.add((asked.action_id, asked.revision))
        name = habit(self.seed, asked.action_id)
        if name == "leave":
            self.undecided.append(asked.action_id)
            self.on_left_alone()
            return
        for decision, why, valid in self._decisions(name, asked):
            self.decided += 1
            self.journal.write(
                {
                    "decision_id": decision.decision_id,
                    "tenant": decision.tenant_id,
                    "action_id": decision.action_id,
                    "revision": decision.revision,
                    "kind": decision.type.value,
                    "params_hash": decision.params_hash,
                    "actor": decision.actor,
                    "valid": valid,
                    "why": why,
                }
            )
            producer.produce(
                Topic.DECISIONS.value, value=encode_json(decision), key=decision.tenant_id.encode()
            )

    def _decisions(self, name: str, asked: Asked) -> Iterator[tuple[Decision, str, bool]]:
        ana = self.keys.ana
        if name == "stale_first":
            stale = self._decision(asked, "stale", params_hash="0" * 64)
            yield signed_decision(stale, ana), "stale", False
        if name == "foreign_first":
            foreign = self._decision(asked, "foreign", actor=EVE)
            yield signed_decision(foreign, self.keys.eve), "foreign", False
        if name == "forged_first":
            yield _forged(self._decision(asked, "forged"), ana), "bad_signature", False
        kind = DecisionType.REJECT if name == "reject" else DecisionType.APPROVE
        first = signed_decision(self._decision(asked, "first", type=kind), ana)
        yield first, "ok", True
        if name == "send_twice":
            yield first, "duplicate", False
        if name in ("approve_twice", "approve_then_reject"):
            kind = DecisionType.APPROVE if name == "approve_twice" else DecisionType.REJECT
            second = self._decision(asked, "second", type=kind)
            yield signed_decision(second, ana), "duplicate", False

    def _decision(self, asked: Asked, place: str, **fields: Any) -> Decision:
        values: dict[str, Any] = {
            "decision_id": f"{place}-{asked.action_id}.{asked.revision}",
            "type": DecisionType.APPROVE,
            "tenant_id": asked.tenant,
            "action_id": asked.action_id,
            "revision": asked.revision,
            "params_hash": asked.params_hash,
            "actor": ANA,
            "at": datetime.now(UTC),
            **fields,
        }
        return Decision(**values)


def _forged(decision: Decision, key: OKPKey) -> Decision:
    """A good signature over something else."""
    signed = signed_decision(decision.model_copy(update={"revision": 99}), key)
    return signed.model_copy(update={"revision": decision.revision})


def _asked(seed: int, event: object) -> Asked | None:
    """Who asks now, if the one who decides on it looks at this kind of event."""
    if isinstance(event, Assessed):
        if event.verdict is not Verdict.NEEDS_APPROVAL or not eager(seed, event.action_id):
            return None
        return Asked(event.tenant_id, event.action_id, event.revision, event.params_hash)
    if not isinstance(event, StateChanged) or event.kind != "transition":
        return None
    if event.state is not State.PENDING_APPROVAL or event.action_id is None:
        return None
    if event.revision is None or event.params_hash is None or eager(seed, event.action_id):
        return None
    return Asked(event.tenant_id, event.action_id, event.revision, event.params_hash)
