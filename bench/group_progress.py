"""How far a group is in a topic, for a stage that writes nothing one could wait for."""

import time
from dataclasses import dataclass

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import OffsetSpec

from bench.reading import STALLED_S, Stalled
from bench.services import Services

_LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class GroupProgress:
    """Committed offsets of a group in a topic that nobody writes to any more."""

    services: Services
    group: str
    topic: str

    def position(self) -> int:
        """The sum over partitions; it counts transaction markers too."""
        return sum(self._committed().values())

    def wait_past(self, position: int) -> tuple[float, int]:
        """When the group was seen beyond a position, and where."""
        deadline = time.monotonic() + STALLED_S
        while (now_at := self.position()) <= position:
            if time.monotonic() > deadline:
                raise Stalled(f"{self.group} does not move in {self.topic}")
            time.sleep(_LOOK_EVERY_S)
        return time.monotonic(), now_at

    def wait_drained(self) -> tuple[float, int]:
        """When the group was seen at the end, and where. A transaction's marker comes after its
        last record and is never read: one offset may be left in each partition."""
        ends = self._ends()
        last = time.monotonic(), self.position()
        while any(end - self._committed().get(number, 0) > 1 for number, end in ends.items()):
            if (position := self.position()) != last[1]:
                last = time.monotonic(), position
            elif time.monotonic() - last[0] > STALLED_S:
                raise Stalled(f"{self.group} stopped at {position} in {self.topic}")
            time.sleep(_LOOK_EVERY_S)
        return time.monotonic(), self.position()

    def _committed(self) -> dict[int, int]:
        asked = ConsumerGroupTopicPartitions(self.group)
        answers = self.services.admin.list_consumer_group_offsets([asked])
        found = answers[self.group].result(15).topic_partitions
        return {p.partition: max(0, p.offset) for p in found if p.topic == self.topic}

    def _ends(self) -> dict[int, int]:
        admin = self.services.admin
        numbers = admin.list_topics(self.topic, timeout=15).topics[self.topic].partitions
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = {TopicPartition(self.topic, number): latest for number in numbers}
        answers = admin.list_offsets(asked)
        return {place.partition: answer.result(15).offset for place, answer in answers.items()}
