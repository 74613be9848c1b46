"""What differs between the topics that should be and those that are. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from streams.topic_declarations import Declared, DeclaredTopic


class ChangeKind(StrEnum):
    CREATE_TOPIC = "create_topic"
    ALTER_CONFIG = "alter_config"
    GROW_PARTITIONS = "grow_partitions"
    """Moves keys to other partitions: only on request, after a drain."""
    UNKNOWN_TOPIC = "unknown_topic"
    UNDECLARED_CONFIG = "undeclared_config"
    TOO_MANY_PARTITIONS = "too_many_partitions"
    OTHER_REPLICATION = "other_replication"


APPLIED = frozenset({ChangeKind.CREATE_TOPIC, ChangeKind.ALTER_CONFIG})
"""What `apply` does. Growing it does on request, the rest is drift that people look into."""


@dataclass(frozen=True, slots=True)
class ActualTopic:
    """One topic as it is: every config's value in force, and which were set on the topic."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]
    set_here: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    kind: ChangeKind
    topic: str
    name: str | None = None
    """The config's."""
    current: str | None = None
    wanted: str | None = None

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.kind].format(
            topic=self.topic, name=self.name, current=self.current, wanted=self.wanted
        )


_SENTENCES = {
    ChangeKind.CREATE_TOPIC: "create {topic}, partitions: {wanted}",
    ChangeKind.ALTER_CONFIG: "set {name} of {topic} to {wanted} (it is {current})",
    ChangeKind.GROW_PARTITIONS: (
        "{topic} has {current} partitions, {wanted} are declared: growing moves tenants to other "
        "partitions; drain first, then use --grow-partitions"
    ),
    ChangeKind.UNKNOWN_TOPIC: "{topic} is on the cluster and not declared; it is left alone",
    ChangeKind.UNDECLARED_CONFIG: (
        "{name} of {topic} was set to {current} and is not declared; it is left alone"
    ),
    ChangeKind.TOO_MANY_PARTITIONS: (
        "{topic} has {current} partitions, {wanted} are declared; Kafka cannot shrink a topic"
    ),
    ChangeKind.OTHER_REPLICATION: (
        "{topic} is kept {current} times, {wanted} are declared; reassign its partitions"
    ),
}


def changes(declared: Declared, actual: Mapping[str, ActualTopic]) -> list[Change]:
    """All differences, topic by topic in the order of the declarations."""
    found: list[Change] = []
    for topic in declared.topics.values():
        there = actual.get(topic.name)
        if there is None:
            wanted = str(topic.partitions)
            found.append(Change(ChangeKind.CREATE_TOPIC, topic.name, wanted=wanted))
        else:
            found.extend(_differences(topic, there))
    found.extend(
        Change(ChangeKind.UNKNOWN_TOPIC, name)
        for name in sorted(set(actual) - set(declared.topics))
        if name.startswith(declared.namespaces)
    )
    return found


def _differences(topic: DeclaredTopic, there: ActualTopic) -> Iterator[Change]:
    if there.partitions != topic.partitions:
        grows = there.partitions < topic.partitions
        yield Change(
            ChangeKind.GROW_PARTITIONS if grows else ChangeKind.TOO_MANY_PARTITIONS,
            topic.name,
            current=str(there.partitions),
            wanted=str(topic.partitions),
        )
    if there.replication != topic.replication:
        yield Change(
            ChangeKind.OTHER_REPLICATION,
            topic.name,
            current=str(there.replication),
            wanted=str(topic.replication),
        )
    for name, wanted in sorted(topic.config.items()):
        current = there.config.get(name)
        # More replicas in sync than there are replicas: nobody could write any more.
        impossible = name == "min.insync.replicas" and int(wanted) > there.replication
        if current != wanted and not impossible:
            yield Change(ChangeKind.ALTER_CONFIG, topic.name, name, current, wanted)
    for name in sorted(there.set_here - set(topic.config)):
        yield Change(ChangeKind.UNDECLARED_CONFIG, topic.name, name, there.config.get(name))
