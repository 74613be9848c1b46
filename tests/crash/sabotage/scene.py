"""A short run against the chain, written down as a campaign writes it, and then checked."""

import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import KafkaError, Message, Producer
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.crash.chain import Chain, Instance, response, task, until
from tests.crash.independent import Finding, Report, check, contract
from tests.crash.independent.campaign import read_campaign
from tests.crash.independent.database import read_database
from tests.crash.independent.log import Partition, read_log
from tests.crash.independent.offsets import read_offsets
from tests.crash.independent.properties import PROPERTIES
from tests.crash.independent.world import gather
from tests.integration.plugin_server import Request

ROOT = Path(__file__).parents[3]
REST_S = 30.0
AT_REST = ("coordinates_covered", "unknown_visible")
"""Properties that hold once nothing is in flight any more."""


def start(
    chain: Chain, process: str, variant: str | None, instance: str | None = None, **extra: str
) -> Instance:
    """Start a process of the chain, sabotaged if a variant is named."""
    assert (instance or process) not in chain.instances, "one of that name runs already"
    if variant is None:
        return chain.start(process, instance, **extra)
    return chain.start(process, instance, ("tests.crash.sabotage", variant), **extra)


@dataclass
class Scene:
    """One tenant of its own, and the folder of what was sent for it."""

    chain: Chain
    folder: Path
    tenant: str
    _before: Mapping[Partition, int] = field(default_factory=dict)

    @property
    def database(self) -> str:
        return self.chain.environment["DATABASE_URL"]

    def publish(
        self, kind: str = "good", name: str | None = None, actions: Sequence[Any] | None = None
    ) -> tuple[str, bytes]:
        """One response, delivered; what it is expected to come to is written down."""
        proposals = [task()] if actions is None else list(actions)
        key, value = response(self.tenant, proposals, name)
        return self.send(kind, key, value, len(proposals))

    def send(self, kind: str, key: str, value: bytes, actions: int) -> tuple[str, bytes]:
        places: list[Message] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            assert error is None, error
            places.append(message)

        producer = Producer(
            {"bootstrap.servers": self.chain.bootstrap, "partitioner": "murmur2_random"}
        )
        producer.produce(contract.RESPONSES, value=value, key=key, on_delivery=delivered)
        assert producer.flush(30) == 0
        [message] = places
        self._write(
            "published",
            kind=kind,
            tenant=self.tenant,
            response_id=orjson.loads(value)["response_id"],
            actions=actions if kind == "good" else 0,
            expects="actions" if kind == "good" else "nothing",
            partition=message.partition(),
            offset=message.offset(),
        )
        return key, value

    def called(self, requests: Sequence[Request], *, idempotent: bool) -> None:
        """What a plugin of the test's own was asked to do, all of it done."""
        for request in requests:
            self._write(
                "calls",
                key=request.headers["idempotency-key"],
                tool=request.call["tool"],
                tenant=request.call["tenant_id"],
                params=request.call["params"],
                idempotent=idempotent,
                effect=True,
                answer=200,
            )

    def decided(self, stage: str = "draft") -> int:
        """How far a stage has decided, over all partitions."""
        statement = "SELECT coalesce(sum(next_offset), 0) FROM positions WHERE consumer = :stage"
        engine = create_engine(self.database, poolclass=NullPool)
        with engine.connect() as connection:
            return int(connection.execute(text(statement), {"stage": stage}).scalar_one())

    def rest(self) -> None:
        """Wait until nothing moves any more. What never comes to rest is for the checker to say."""
        with suppress(AssertionError):
            until(self._rests, "at rest", REST_S)

    def check(self) -> Report:
        """What the checker says at rest."""
        self.rest()
        return check(self.chain.bootstrap, self.database, self.folder, [self.tenant])

    def _rests(self) -> bool:
        """Everything is read and ended, and was so at the look before."""
        log = read_log(self.chain.bootstrap, contract.TOPICS)
        world = gather(
            log,
            read_database(self.database),
            read_campaign(self.folder),
            read_offsets(self.chain.bootstrap, contract.READERS, contract.TOPICS),
            [self.tenant],
        )
        before, self._before = self._before, log.next_offsets
        findings = [Finding(name) for name in AT_REST]
        for finding in findings:
            PROPERTIES[finding.name](world, finding)
        return before == log.next_offsets and not any(f.violations for f in findings)

    def _write(self, name: str, **line: object) -> None:
        with (self.folder / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


def new_scene(chain: Chain, folder: Path) -> Scene:
    scene_folder = folder / uuid.uuid4().hex
    scene_folder.mkdir()
    return Scene(chain, scene_folder, chain.new_tenant())
