"""The topology in memory: records in, records out, a clock moved by hand.

The same stages, the same `decide_batch`, no broker and no database: a test pipes records in,
advances the clock and reads what came out, in milliseconds. Ids are deterministic anyway, so
a run is repeatable to the byte.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from schemas.codec import decode
from schemas.events import Event
from schemas.names import Topic
from schemas.records import Coordinates, Headers, Outgoing, Record
from streams.memory import MemoryStore
from streams.outcomes import Emission, decide_batch
from streams.stage import Stage


class ManualClock:
    """Stands still until it is advanced."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


Pump = Callable[["TopologyDriver"], bool]
"""Something that is no stage (execute's loops): does what it can; whether it did anything."""


class TopologyDriver:
    """One partition a topic; every stage reads everything, in order."""

    def __init__(
        self,
        stages: Sequence[Stage],
        store: MemoryStore,
        clock: ManualClock,
        pumps: Sequence[Pump] = (),
    ) -> None:
        self.store = store
        self.clock = clock
        self.logs: dict[str, list[Record]] = defaultdict(list)
        self._stages = {stage.name: stage for stage in stages}
        self._pumps = pumps
        self._positions: dict[tuple[str, str], int] = defaultdict(int)

    def write(
        self, topic: str, value: bytes | None, key: bytes | None = None, headers: Headers = ()
    ) -> Record:
        """Append a record without running anything."""
        at = Coordinates(topic, 0, len(self.logs[topic]))
        record = Record(at, key, value, headers, int(self.clock().timestamp() * 1000))
        self.logs[topic].append(record)
        return record

    def pipe(
        self, topic: str, value: bytes | None, key: bytes | None = None, headers: Headers = ()
    ) -> None:
        """Append a record and run until nothing moves."""
        self.write(topic, value, key, headers)
        self.run()

    def run(self) -> None:
        """Run stages and pumps until nothing moves."""
        while any([*(self.step(name) for name in self._stages), *(p(self) for p in self._pumps)]):
            pass

    def step(self, name: str) -> bool:
        """One batch of one stage; whether there was one."""
        batch = self.unread(name, self._stages[name].topics)
        if not batch:
            return False
        for emission in self.decide(name, batch):
            self.emit(emission.outputs)
        self.commit(name, batch)
        return True

    def decide(self, name: str, batch: Sequence[Record]) -> list[Emission]:
        """Decide and record a batch, writing nothing: what a crash before the Kafka
        transaction leaves. A following `step` is the redo."""
        return decide_batch(self.store, self._stages[name], batch, self.clock())

    def unread(self, reader: str, topics: Sequence[Topic]) -> list[Record]:
        """What a reader has not committed yet, topic by topic."""
        return [
            record
            for topic in topics
            for record in self.logs[topic.value][self._positions[reader, topic.value] :]
        ]

    def commit(self, reader: str, batch: Sequence[Record]) -> None:
        for record in batch:
            at = record.coordinates
            self._positions[reader, at.topic] = at.offset + 1

    def rewind(self, reader: str, topic: Topic, offset: int = 0) -> None:
        """A bare offset reset, as an operator might do."""
        self._positions[reader, topic.value] = offset

    def emit(self, outputs: Sequence[Outgoing]) -> None:
        for output in outputs:
            self.write(output.topic, output.value, output.key, output.headers)

    def events(self, topic: Topic) -> list[Event]:
        """Everything on a topic, decoded."""
        return [decode(topic, record.value) for record in self.logs[topic.value]]

    def dead_letters(self, topic: Topic) -> list[Record]:
        return list(self.logs[topic.dlq])
