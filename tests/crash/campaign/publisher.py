"""Upstream: writes the load to `llm.responses`, no faster than the chain empties."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, Message, Producer
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from schemas.identity import action_id
from schemas.names import TenantId, Topic
from schemas.states import FINAL, State
from tests.crash.campaign.journal import Journal
from tests.crash.campaign.load import Published

ENDS = FINAL | {State.OUTCOME_UNKNOWN, State.MANUAL, State.HALTED}
"""Where an action stays unless a person does something. Nobody does, in a campaign."""
MOST_OPEN = 500
_FLUSH_S = 120.0
_ENDED = text("SELECT count(*) FROM action_executions WHERE state = ANY(:ends)")


@dataclass
class Publisher:
    """Publishes on the calling thread; counts what has been delivered."""

    bootstrap: str
    database_url: str
    journal: Journal
    traffic: Iterator[Published]
    expected: dict[str, str] = field(default_factory=dict)
    """action_id → tenant, of what the broker has taken."""
    records: int = 0
    failed: int = 0
    waited_s: float = 0.0
    left_alone: int = 0
    """Actions that stay open on purpose; kept by the approver."""

    def run(self, rate: float | None, most: int | None, stopping: threading.Event) -> None:
        """Until stopped, or until so many actions are published; `rate` is responses a second."""
        producer = Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "message.max.bytes": 13 * 1024 * 1024,
                "linger.ms": 5,
                "log_level": 2,
            }
        )
        engine = create_engine(self.database_url, poolclass=NullPool)
        published, ended, looked = 0, 0, 0.0
        due = time.monotonic()
        while not stopping.is_set() and (most is None or published < most):
            now = time.monotonic()
            if now - looked > 0.5:
                looked, ended = now, self._ended(engine, ended)
            if published - ended - self.left_alone >= MOST_OPEN:
                producer.poll(0.1)
                due = time.monotonic()
                self.waited_s += due - now
                continue
            if rate is not None:
                due += 1 / rate
                while (left := due - time.monotonic()) > 0:
                    producer.poll(left)
            item = next(self.traffic)
            published += item.actions
            self._publish(producer, item)
            producer.poll(0)
        engine.dispose()
        if left_over := producer.flush(_FLUSH_S):
            self.failed += left_over

    def _publish(self, producer: Producer, item: Published) -> None:
        def delivered(error: KafkaError | None, message: Message) -> None:
            self.failed += error is not None
            self.journal.write(
                {
                    "kind": item.kind,
                    "tenant": item.tenant,
                    "response_id": item.response_id,
                    "actions": item.actions,
                    "expects": item.expects,
                    "partition": None if error else message.partition(),
                    "offset": None if error else message.offset(),
                }
            )
            if error is None:
                for index in range(item.actions):
                    action = action_id(TenantId(item.tenant), "response", item.response_id, index)
                    self.expected[action] = item.tenant

        self.records += 1
        producer.produce(
            Topic.RESPONSES.value,
            value=item.value,
            key=item.tenant.encode(),
            on_delivery=delivered,
        )

    def _ended(self, engine: Engine, before: int) -> int:
        try:
            with engine.connect() as connection:
                ends = [state.value for state in ENDS - {State.INVALID}]
                return int(connection.execute(_ENDED, {"ends": ends}).scalar_one())
        except SQLAlchemyError:
            return before
