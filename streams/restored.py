"""Is the database as far as the log? Asked before anything acts on what it holds.

A database restored from a backup may still hold as queued what was done long ago. The group's
committed offsets know better: what is below them was in the database once.
"""

from collections.abc import Mapping

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import AdminClient

from schemas.faults import PassingFault
from streams.assignment import Partition
from streams.clients import Config

TIMEOUT_S = 10.0


def check_not_restored(kafka: Config, group: str, known: Mapping[Partition, int]) -> None:
    """Compare a group's committed offsets with what the database has decided.

    Raises:
        PassingFault: `database_older_than_log`, or the broker does not say.
    """
    admin = AdminClient(dict(kafka))
    try:
        asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        committed = asked[group].result(TIMEOUT_S).topic_partitions
    except KafkaException as error:
        raise PassingFault("committed_unavailable", str(error.args[0])) from error
    for at in committed or []:
        decided = known.get((at.topic, at.partition), 0)
        if at.offset > decided:
            raise PassingFault(
                "database_older_than_log",
                f"{group} is committed up to {at.offset} of {at.topic}[{at.partition}], the "
                f"database knows {decided}: run `interlock rebuild`",
            )
