"""How far each partition is applied: stored with the rows, in the same transaction.

Kafka's committed offsets play no part in it. Starting from the stored position and skipping
what is below it under a lock is what makes every record take effect once, whoever else
believes to own its partition.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from confluent_kafka import OFFSET_BEGINNING

from schemas.faults import PassingFault, ProcessFault
from schemas.records import Record
from schemas.working import Rows
from state.store import PostgresStore, PostgresTransaction
from streams.assignment import Partition

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PositionRow:
    """Everything below `next_offset` is applied."""

    consumer: str
    topic: str
    partition: int
    next_offset: int = 0


POSITIONS: Rows[tuple[str, str, int], PositionRow] = Rows(
    "positions", ("consumer", "topic", "partition"), PositionRow, placeholders=True
)


class Progress:
    """The positions of one consumer, and what this process last knew of them."""

    def __init__(self, store: PostgresStore, consumer: str) -> None:
        self._store = store
        self._consumer = consumer
        self._known: dict[Partition, int] = {}
        self._began: dict[Partition, int] = {}
        """Where reading of each assigned partition began."""

    def load(self) -> None:
        """Read what is stored.

        Raises:
            PassingFault: the database is away.
        """
        self._known |= self._store.positions(self._consumer)

    def start_at(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """Where to read newly assigned partitions from: `streams.assignment.StartAt`.

        Called inside a rebalance. If the database is away just then, what was known before
        will do: it can only be lower, and what is applied already is skipped.
        """
        try:
            self.load()
        except PassingFault as fault:
            log.warning("positions_not_read", consumer=self._consumer, text=fault.text)
        self._began = {p: self._known.get(p, 0) for p in partitions}
        return {p: began or OFFSET_BEGINNING for p, began in self._began.items()}

    def known(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Positions this process has seen or stored, of those that have one."""
        return {p: self._known[p] for p in partitions if p in self._known}

    def check_log(self, batch: Iterable[Record]) -> None:
        """A batch just read must not lie below where reading began. It may lie below what is
        stored: the instance before may have stored its last batch after we asked where to begin.

        Raises:
            ProcessFault: `log_older_than_positions`: the topic was made anew, or this is
                another cluster. Skipping its records in silence would lose them.
        """
        for record in batch:
            at = record.coordinates
            position = self._began.get((at.topic, at.partition), 0)
            if at.offset < position:
                raise ProcessFault(
                    "log_older_than_positions",
                    f"{at.topic}[{at.partition}] gives offset {at.offset}, the tables hold all "
                    f"below {position}: they are another log's",
                )

    def lock(
        self, tx: PostgresTransaction, partitions: Iterable[Partition]
    ) -> dict[Partition, int]:
        """The stored positions, locked until the transaction ends.

        Raises:
            ProcessFault: `positions_went_back`: the database was restored while this process
                ran; started afresh it reads again from where the tables are.
        """
        keys = {(self._consumer, topic, partition) for topic, partition in partitions}
        stored = {
            (row.topic, row.partition): row.next_offset for row in tx.lock(POSITIONS, keys).values()
        }
        for (topic, partition), position in stored.items():
            if position < (known := self._known.get((topic, partition), 0)):
                raise ProcessFault(
                    "positions_went_back",
                    f"{topic}[{partition}] was applied below {known}, now below {position}",
                )
        return stored

    def store(self, tx: PostgresTransaction, positions: Mapping[Partition, int]) -> None:
        """Move the positions forward, never back."""
        tx.advance(self._consumer, positions)

    def stored(self, positions: Mapping[Partition, int]) -> None:
        """To be called after the commit of `store`."""
        self._known |= positions
