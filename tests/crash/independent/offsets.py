"""How far the consumer groups are, and whether a transaction is still open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from tests.crash.independent.log import Partition

TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Offsets:
    committed: Mapping[str, Mapping[Partition, int]] = field(default_factory=dict)
    """By group."""
    open_transactions: Mapping[Partition, tuple[int, int]] = field(default_factory=dict)
    """Partitions whose end a read-committed reader does not see: (what it sees, the end)."""


def read_offsets(bootstrap: str, groups: Iterable[str], topics: Iterable[str]) -> Offsets:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    committed = {group: _committed(admin, group) for group in groups}
    known = admin.list_topics(timeout=TIMEOUT_S).topics
    partitions = [(t, p) for t in topics if t in known for p in known[t].partitions]
    stable = _ends(admin, partitions, IsolationLevel.READ_COMMITTED)
    whole = _ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED)
    behind = {at: (stable[at], whole[at]) for at in partitions if stable[at] < whole[at]}
    return Offsets(committed, behind)


def _committed(admin: AdminClient, group: str) -> dict[Partition, int]:
    asked = admin.list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group)], require_stable=True
    )
    try:
        found = asked[group].result(TIMEOUT_S).topic_partitions or []
    except KafkaException as error:
        raise ConnectionError(f"{group}: {error.args[0]}") from error
    return {(at.topic, at.partition): at.offset for at in found if at.offset >= 0}


def _ends(
    admin: AdminClient, partitions: list[Partition], isolation: IsolationLevel
) -> dict[Partition, int]:
    end = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    latest = {TopicPartition(t, p): end for t, p in partitions}
    answers = admin.list_offsets(latest, isolation_level=isolation, request_timeout=TIMEOUT_S)
    return {(at.topic, at.partition): answer.result().offset for at, answer in answers.items()}
