"""One broker and one database server for all runs, each run with topics and a database of its
own: what one run leaves behind cannot make the next one slower."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from sqlalchemy import NullPool, create_engine, make_url, text

from launch import wait_until
from state.local_postgres import LocalPostgres
from state.migrate import migrate
from streams.local_broker import LocalBroker
from streams.topic_declarations import Declared, load_topics
from streams.topics import apply, plan

ROOT = Path(__file__).resolve().parents[1]
PARTITIONS = 4
_TEMPLATE = "bench_template"
_GROUPS_EMPTY_S = 20.0
"""A static member is forgotten only when its session has ended (6 s)."""


@dataclass
class Services:
    """A running broker and a running database server."""

    folder: Path
    broker: LocalBroker
    postgres: LocalPostgres
    admin: AdminClient
    _runs: int = field(default=0)

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap_servers

    def run_folder(self, name: str) -> Path:
        """A new folder for the logs and keys of one run."""
        self._runs += 1
        folder = self.folder / f"{self._runs:02}-{name}"
        folder.mkdir()
        return folder

    def new_topics(self, prefix: str, count: int, partitions: int = PARTITIONS) -> list[str]:
        """Topics nobody used yet, of names nobody uses again."""
        names = [f"{prefix}-{uuid.uuid4().hex[:8]}-{number}" for number in range(count)]
        self._create([NewTopic(name, partitions, 1) for name in names])
        return names

    def delete_topics(self, names: list[str]) -> None:
        for future in self.admin.delete_topics(names).values():
            future.result(30)

    def renew_product_topics(self, partitions: int = PARTITIONS) -> None:
        """The product's topics, empty, and none of its groups known."""
        self._forget_groups()
        declared = _with_partitions(load_topics(ROOT / "topics.yaml"), partitions)
        there = set(self.admin.list_topics(timeout=15).topics) & set(declared.topics)
        if there:
            self.delete_topics(sorted(there))
            wait_until(lambda: not there & set(self.admin.list_topics(timeout=15).topics), 30, "it")
        apply(self.admin, declared, plan(self.admin, declared))

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a migrated database nobody used yet, dropped afterwards."""
        name = f"bench_{uuid.uuid4().hex[:8]}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        # What earlier runs wrote goes to disk now, and not while this one is timed.
        self._sql("CHECKPOINT")
        try:
            yield self._url(name)
        finally:
            self._sql(f"DROP DATABASE {name} WITH (FORCE)")

    def make_template(self) -> None:
        self._sql(f"CREATE DATABASE {_TEMPLATE}")
        engine = create_engine(self._url(_TEMPLATE), poolclass=NullPool)
        migrate(engine)
        engine.dispose()

    def _url(self, name: str) -> str:
        url = make_url(self.postgres.url()).set(database=name)
        return url.render_as_string(hide_password=False)

    def _sql(self, statement: str) -> None:
        server = create_engine(
            self.postgres.url(), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        with server.connect() as connection:
            connection.execute(text(statement))

    def _create(self, topics: list[NewTopic]) -> None:
        for future in self.admin.create_topics(topics).values():
            future.result(30)
        names = {topic.topic for topic in topics}
        wait_until(lambda: names <= set(self.admin.list_topics(timeout=15).topics), 30, "topics")

    def _forget_groups(self) -> None:
        deadline = time.monotonic() + _GROUPS_EMPTY_S
        while groups := self._product_groups():
            for future in self.admin.delete_consumer_groups(groups).values():
                try:
                    future.result(15)
                except KafkaException:
                    if time.monotonic() > deadline:
                        raise
            time.sleep(0.2)

    def _product_groups(self) -> list[str]:
        listed = self.admin.list_consumer_groups(request_timeout=15).result()
        return [g.group_id for g in listed.valid if g.group_id.startswith("interlock-")]


@contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Start both in a folder, end both."""
    broker, postgres = LocalBroker(folder / "kafka"), LocalPostgres(folder / "postgres")
    try:
        broker.start()
        postgres.start()
        admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
        made = Services(folder, broker, postgres, admin)
        made.make_template()
        yield made
    finally:
        broker.remove()
        postgres.remove()


def _with_partitions(declared: Declared, partitions: int) -> Declared:
    return replace(
        declared,
        topics={
            name: topic if topic.partitions == 1 else replace(topic, partitions=partitions)
            for name, topic in declared.topics.items()
        },
    )
