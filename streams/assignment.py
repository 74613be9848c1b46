"""Which partitions are ours, and since when.

The broker checks a member's generation, not who owns a partition. So each time a partition
is assigned it gets a new epoch, records are tagged with the epoch they were fetched under,
and work whose epoch is over is dropped: its new owner does it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition

from schemas.records import Coordinates, Record

Partition = tuple[str, int]

StartAt = Callable[[Sequence[Partition]], Mapping[Partition, int]]
"""Where to read newly assigned partitions from, for a consumer that keeps its positions
itself; those it does not name start from the group's committed offsets. It is called inside
the rebalance: it must be quick, and an exception of it ends the process."""


class Fetched(NamedTuple):
    record: Record
    epoch: int


class Assignment:
    """Kept by the consumer's rebalance callbacks, which run inside `poll` and `consume`."""

    def __init__(self, start_at: StartAt | None = None) -> None:
        self._start_at = start_at
        self._epochs: dict[Partition, int] = {}
        self._last_epoch = 0
        self.new: set[Partition] = set()
        """Assigned, and not a record of it seen yet: to be checked at its first one."""

    def on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            self._last_epoch += 1
            self._epochs[partition.topic, partition.partition] = self._last_epoch
            self.new.add((partition.topic, partition.partition))
        if self._start_at is not None:
            starts = self._start_at([(p.topic, p.partition) for p in partitions])
            for partition in partitions:
                start = starts.get((partition.topic, partition.partition))
                if start is not None:
                    partition.offset = start
        consumer.assign(partitions)

    def on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """All of them, at every rebalance: also when the group went on without us."""
        self._epochs.clear()
        self.new.clear()
        consumer.unassign()

    def tag(self, record: Record) -> Fetched | None:
        """The record with its partition's epoch; None if the partition is not ours any more."""
        epoch = self._epochs.get(_partition(record.coordinates))
        return None if epoch is None else Fetched(record, epoch)

    def still_ours(self, fetched: Iterable[Fetched]) -> list[Fetched]:
        """Those whose partition has not changed hands since they were fetched."""
        return [
            item
            for item in fetched
            if self._epochs.get(_partition(item.record.coordinates)) == item.epoch
        ]

    @property
    def partitions(self) -> list[Partition]:
        return sorted(self._epochs)


def _partition(at: Coordinates) -> Partition:
    return at.topic, at.partition
