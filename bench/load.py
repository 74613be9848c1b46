"""Responses, and publishing them as fast as possible or evenly paced."""

import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from confluent_kafka import KafkaError, Message, Producer

from streams import clients

TENANTS_A_PARTITION = 6


@dataclass(frozen=True, slots=True)
class Response:
    """One record of `llm.responses`: a documented response with one action."""

    id: str
    tenant: bytes
    value: bytes


def responses(tenants: Sequence[str], count: int) -> list[Response]:
    """Tenants take turns."""
    made = []
    for number in range(count):
        tenant, response_id = tenants[number % len(tenants)], uuid.uuid4().hex
        value = {
            "response_id": response_id,
            "tenant_id": tenant,
            "trace_id": uuid.uuid4().hex,
            "output": {
                "actions": [
                    {
                        "action_type": "create_task",
                        "parameters": {
                            "titulo": f"Revisar anomalía en ventas {number}",
                            "descripcion": "Las ventas de Q4 están un 12% por debajo",
                            "prioridad": "alta",
                        },
                        "confidence": 0.95,
                    }
                ]
            },
        }
        made.append(Response(response_id, tenant.encode(), orjson.dumps(value)))
    return made


def balanced_tenants(bootstrap: str, scratch_topic: str, partitions: int) -> list[str]:
    """As many tenants on each partition; which one a tenant is on, the client itself says."""
    found: dict[int, list[str]] = defaultdict(list)

    def delivered(error: KafkaError | None, message: Message) -> None:
        assert error is None
        partition, key = message.partition(), message.key()
        assert partition is not None
        assert isinstance(key, bytes)
        found[partition].append(key.decode())

    producer = Producer({**clients.producer({"bootstrap.servers": bootstrap})})
    for number in range(40 * partitions):
        producer.produce(scratch_topic, key=f"tenant-{number}".encode(), on_delivery=delivered)
    assert producer.flush(30) == 0
    assert len(found) == partitions
    chosen = [sorted(names)[:TENANTS_A_PARTITION] for names in found.values()]
    # Neighbours in time are on different partitions.
    return [names[turn] for turn in range(TENANTS_A_PARTITION) for names in chosen]


class Publisher:
    """Writes responses as any upstream service would."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        config = clients.producer({"bootstrap.servers": bootstrap})
        self._producer = Producer({**config, "queue.buffering.max.messages": 2_000_000})

    def burst(self, load: Sequence[Response]) -> float:
        """Everything at once; `time.monotonic()` of the first."""
        began = time.monotonic()
        for item in load:
            self._producer.produce(self._topic, value=item.value, key=item.tenant)
        assert self._producer.flush(120) == 0
        return began

    def paced(self, load: Sequence[Response], per_second: float) -> dict[str, float]:
        """Evenly; when each response was published, by its id (`time.monotonic()`)."""
        published: dict[str, float] = {}
        start = time.monotonic()
        for number, item in enumerate(load):
            while (left := start + number / per_second - time.monotonic()) > 0:
                self._producer.poll(min(left, 0.002))
            published[item.id] = time.monotonic()
            self._producer.produce(self._topic, value=item.value, key=item.tenant)
        assert self._producer.flush(30) == 0
        return published
