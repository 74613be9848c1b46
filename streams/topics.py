"""Topics as code: what a cluster lacks of `topics.yaml`, and making it so.

Nothing is ever deleted, shrunk or reassigned. Partitions grow only on request.
"""

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from launch import wait_until
from schemas.faults import PassingFault, ProcessFault
from streams.topic_declarations import Declared
from streams.topic_plan import ActualTopic, Change, ChangeKind, changes

TIMEOUT_S = 15.0
VISIBLE_S = 10.0


def plan(admin: AdminClient, declared: Declared) -> list[Change]:
    """What differs, as `changes`.

    Raises:
        PassingFault: `kafka_unavailable`.
        ProcessFault: `topics_refused`: the cluster does not let us look.
    """
    return changes(declared, actual_topics(admin, declared))


def apply(
    admin: AdminClient,
    declared: Declared,
    planned: Collection[Change],
    *,
    grow_partitions: bool = False,
) -> list[Change]:
    """Make the planned changes that may be made; each of them stands when this returns.

    Returns:
        What was done. Drift in `planned` is passed over.

    Raises:
        PassingFault: `kafka_unavailable`; what was done before stays done.
        ProcessFault: `topics_refused`: the cluster does not take a change.
    """
    create = [c for c in planned if c.kind is ChangeKind.CREATE_TOPIC]
    alter = [c for c in planned if c.kind is ChangeKind.ALTER_CONFIG]
    grow = [c for c in planned if c.kind is ChangeKind.GROW_PARTITIONS and grow_partitions]
    if create:
        _settle(admin.create_topics([_new_topic(declared, c) for c in create]).values())
    if alter:
        _settle(admin.incremental_alter_configs(_alterations(alter)).values())
    if grow:
        wanted = [NewPartitions(c.topic, int(c.wanted or 0)) for c in grow]
        _settle(admin.create_partitions(wanted).values())
    done = [*create, *alter, *grow]
    if done:
        # The controller has agreed; brokers learn of it a moment later.
        try:
            wait_until(lambda: not set(done) & set(plan(admin, declared)), VISIBLE_S, "it")
        except TimeoutError:
            raise PassingFault("kafka_unavailable", "the brokers do not show it yet") from None
    return done


def actual_topics(admin: AdminClient, declared: Declared) -> dict[str, ActualTopic]:
    """The cluster's topics that are declared, or under a name of ours.

    Raises:
        PassingFault: `kafka_unavailable`.
        ProcessFault: `topics_refused`.
    """
    try:
        listed = admin.list_topics(timeout=TIMEOUT_S).topics
    except KafkaException as error:
        raise _fault(error) from error
    ours = {
        name: topic
        for name, topic in listed.items()
        if topic.error is None and (name in declared.topics or name.startswith(declared.namespaces))
    }
    configs = _configs(admin, ours)
    found: dict[str, ActualTopic] = {}
    for name, topic in ours.items():
        entries = configs.get(name)
        if entries is None:
            continue
        found[name] = ActualTopic(
            name,
            partitions=len(topic.partitions),
            replication=max((len(p.replicas) for p in topic.partitions.values()), default=0),
            config={key: entry.value or "" for key, entry in entries.items()},
            set_here=frozenset(key for key, entry in entries.items() if _set_on_topic(entry)),
        )
    return found


def _configs(admin: AdminClient, names: Collection[str]) -> dict[str, Mapping[str, ConfigEntry]]:
    if not names:
        return {}
    asked = admin.describe_configs(
        [ConfigResource(ResourceType.TOPIC, name) for name in names], request_timeout=TIMEOUT_S
    )
    found: dict[str, Mapping[str, ConfigEntry]] = {}
    for resource, future in asked.items():
        try:
            found[resource.name] = future.result(timeout=TIMEOUT_S * 2)
        except KafkaException as error:
            # Listed a moment ago by one broker, not known to the one that was asked now.
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise _fault(error) from error
    return found


def _set_on_topic(entry: ConfigEntry) -> bool:
    # At run time `source` is the number, whatever its annotation says.
    source = getattr(entry.source, "value", entry.source)
    return bool(source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value)


def _new_topic(declared: Declared, change: Change) -> NewTopic:
    topic = declared.topics[change.topic]
    return NewTopic(
        topic.name,
        num_partitions=topic.partitions,
        replication_factor=topic.replication,
        config=dict(topic.config),
    )


def _alterations(alter: Collection[Change]) -> list[ConfigResource]:
    entries: dict[str, list[ConfigEntry]] = {}
    for change in alter:
        assert change.name is not None
        assert change.wanted is not None
        entry = ConfigEntry(change.name, change.wanted, incremental_operation=AlterConfigOpType.SET)
        entries.setdefault(change.topic, []).append(entry)
    return [
        ConfigResource(ResourceType.TOPIC, topic, incremental_configs=found)
        for topic, found in entries.items()
    ]


def _settle(futures: Iterable[Future[Any]]) -> None:
    for future in futures:
        try:
            future.result(timeout=TIMEOUT_S * 2)
        except KafkaException as error:
            raise _fault(error) from error


def _fault(error: KafkaException) -> PassingFault | ProcessFault:
    reason = error.args[0]
    if reason.retriable() or reason.code() < 0:
        # Codes below zero are the client's own: no broker answered.
        return PassingFault("kafka_unavailable", reason.str())
    return ProcessFault("topics_refused", reason.str())
