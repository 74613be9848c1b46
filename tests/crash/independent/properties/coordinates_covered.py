"""Nothing is unread: every group stands at, or beyond, the last record a reader sees."""

from collections.abc import Iterator

from tests.crash.independent.contract import PROJECTED, READERS
from tests.crash.independent.finding import Finding
from tests.crash.independent.log import Partition
from tests.crash.independent.world import World

PROJECT = "project"


def coordinates_covered(world: World, finding: Finding) -> None:
    for group, at, reached in _readers(world):
        finding.saw("group partitions")
        end = world.log.next_offsets[at]
        finding.expect(
            reached >= end,
            None,
            f"{group} stands at {reached} of {at[0]}[{at[1]}], {end} are there",
        )
    for (topic, partition), (seen, end) in world.offsets.open_transactions.items():
        text = f"{topic}[{partition}] has an open transaction: {seen} of {end} can be read"
        finding.object(None, text)


def _readers(world: World) -> Iterator[tuple[str, Partition, int]]:
    """(group, partition, how far it is) for every partition that has a record."""
    ends = world.log.next_offsets
    for group, topics in READERS.items():
        committed = world.offsets.committed.get(group, {})
        for at in ends:
            if at[0] in topics:
                yield group, at, committed.get(at, 0)
    for at in ends:
        if at[0] in PROJECTED:
            yield PROJECT, at, world.database.positions.get((PROJECT, at), 0)
