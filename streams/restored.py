"""Is the database as far as the log? Asked before anything acts on what it holds.

A database restored from a backup may still hold as queued what was done long ago. The group's
committed offsets know better: what is below them was in the database once.
"""

from collections.abc import Callable, Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition

from schemas.faults import PassingFault
from streams.assignment import Partition
from streams.clients import LOG_LEVEL, Config

TIMEOUT_S = 10.0


def check_not_restored(
    kafka: Config, group: str, topic: str, decided: Callable[[], Mapping[Partition, int]]
) -> None:
    """Compare a group's committed offsets with what the database has decided.

    Raises:
        PassingFault: `database_older_than_log`, or the broker does not say.
    """
    committed = _committed(kafka, group, topic)
    # Asked second: while we ask, other instances go on, in the database first.
    known = decided()
    for at in committed:
        if at.offset > known.get((at.topic, at.partition), 0):
            raise PassingFault(
                "database_older_than_log",
                f"{group} is committed up to {at.offset} of {at.topic}[{at.partition}], the "
                f"database knows {known.get((at.topic, at.partition), 0)}: it was restored to an "
                "earlier time",
            )


def _committed(kafka: Config, group: str, topic: str) -> list[TopicPartition]:
    """By a consumer that never joins: librdkafka 2.16.1 crashes when its admin client asks a
    cluster for a group's offsets that never had a group."""
    consumer = Consumer({**kafka, "group.id": group, "log_level": LOG_LEVEL})
    try:
        described = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
        if described.error is not None or not described.partitions:
            raise PassingFault("committed_unavailable", f"the broker does not know {topic} yet")
        asked = [TopicPartition(topic, number) for number in described.partitions]
        answer: list[TopicPartition] = consumer.committed(asked, timeout=TIMEOUT_S)
        for partition in answer:
            if partition.error is not None:
                raise PassingFault("committed_unavailable", partition.error.str())
        return answer
    except KafkaException as error:
        raise PassingFault("committed_unavailable", str(error.args[0])) from error
    finally:
        consumer.close()
