"""When nothing is left to do: every action at its end, nothing queued or untold, no lag."""

from collections import Counter
from collections.abc import Collection, Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from schemas.names import Topic
from tests.crash.campaign.names import GROUPS
from tests.crash.campaign.publisher import ENDS

_READ: Mapping[str, tuple[Topic, ...]] = {
    "interlock-draft": (Topic.RESPONSES,),
    "interlock-assess": (Topic.DRAFTED,),
    "interlock-approve": (Topic.ASSESSED, Topic.DECISIONS, Topic.EXECUTED),
    "interlock-execute": (Topic.APPROVED,),
    "interlock-settle": (Topic.REPORTS,),
    "interlock-observe": (Topic.EXECUTED,),
    "interlock-project": (
        Topic.DRAFTED,
        Topic.ASSESSED,
        Topic.APPROVED,
        Topic.EXECUTED,
        Topic.STATE_CHANGED,
        Topic.SETTINGS,
    ),
}
_ENDS = sorted(state.value for state in ENDS)
_MOST_NAMED = 10


class Quiet:
    """Asks the tables first, since that is cheap, and the topics when those are quiet."""

    def __init__(
        self, bootstrap: str, database_url: str, expected: Collection[str], undecided: list[str]
    ) -> None:
        self._bootstrap = bootstrap
        self._engine: Engine = create_engine(database_url, poolclass=NullPool)
        self._expected = set(expected)
        self._undecided = undecided

    def missing(self, all_of_it: bool = False) -> list[str]:
        """What is not at its end yet, in words; empty when all is quiet. `all_of_it`: also
        which records are unread, when the tables say already that there is something left."""
        try:
            left = self._in_the_tables()
            return left + self._in_the_topics() if all_of_it or not left else left
        except SQLAlchemyError as error:
            return [f"the database does not answer: {error}"]
        except KafkaException as error:
            return [f"the broker does not answer: {error}"]

    def _in_the_tables(self) -> list[str]:
        with self._engine.connect() as connection:
            rows = connection.execute(text("SELECT CAST(id AS text), state FROM action_executions"))
            states = {str(row[0]): str(row[1]) for row in rows}
            effects = connection.execute(
                text(
                    "SELECT state, count(*) FROM effects WHERE state IN ('queued', 'intended')"
                    " GROUP BY state"
                )
            ).all()
            untold = connection.execute(text("SELECT count(*) FROM effect_reports")).scalar_one()
        waits = set(self._undecided)
        open_ = {
            action: states.get(action, "absent")
            for action in self._expected
            if action not in waits and states.get(action, "absent") not in _ENDS
        }
        said = [f"{count} effects are {state}" for state, count in effects]
        if untold:
            said.append(f"{untold} reports are not told")
        if open_:
            said.append(
                f"{len(open_)} actions are not at their end: {dict(Counter(open_.values()))}"
            )
            said += [f"  {action} {state}" for action, state in list(open_.items())[:_MOST_NAMED]]
        return said

    def _in_the_topics(self) -> list[str]:
        return [
            f"{group} has not read {partition.topic}[{partition.partition}] from {partition.offset}"
            for group in GROUPS
            for partition in unread(self._bootstrap, group)
        ]


def unread(bootstrap: str, group: str) -> list[TopicPartition]:
    """Partitions where a read-committed reader finds records past what the group committed.

    The offsets are asked for in the group's name, without joining it. Not by
    `AdminClient.list_consumer_group_offsets`: librdkafka 2.16 crashes in it while the cluster
    has no coordinator yet.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "log_level": 2,
        }
    )
    try:
        known = consumer.list_topics(timeout=10).topics
        places = consumer.committed(
            [
                TopicPartition(topic.value, number)
                for topic in _READ[group]
                for number in known[topic.value].partitions
            ],
            timeout=10,
        )
        for place in places:
            place.offset = max(0, place.offset)
        consumer.assign(places)
        return _with_records(consumer, places)
    finally:
        consumer.close()


def _with_records(consumer: Consumer, places: list[TopicPartition]) -> list[TopicPartition]:
    left = {(p.topic, p.partition): p for p in places}
    found: dict[tuple[str, int], TopicPartition] = {}
    while left:
        message = consumer.poll(10)
        if message is None:
            return [*found.values(), *left.values()]
        place = (str(message.topic()), int(message.partition() or 0))
        if place in left:
            if message.error() is None:
                found[place] = left[place]
            del left[place]
    return list(found.values())
