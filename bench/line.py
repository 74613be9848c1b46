"""What is measured, whatever it is made of: responses go in at one end, endings come out at the
other. The floor and the chain are both a `Line`, so both are measured the same way."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.cpu import cpu_seconds, spent
from bench.load import Publisher, responses
from bench.machine import Others
from bench.processes import Processes
from bench.profiling import Profiling
from bench.reading import Reader
from bench.services import Services
from bench.stage_metrics import batches, tally

LEAST_WARM_UP = 1_000


@dataclass(frozen=True, slots=True)
class Throughput:
    """One drained run."""

    actions: int
    seconds: float
    """From the first publish to the last ending's arrival."""
    cpu_us: Mapping[str, float]
    """Microseconds of CPU an action, by process, and `total`; without those of the benchmark."""
    others: float
    """Cores that were busy with something else meanwhile."""
    batches: Mapping[str, Mapping[str, float]]
    """What `bench.stage_metrics` says, by stage; empty for the floor."""

    @property
    def per_second(self) -> float:
        return self.actions / self.seconds


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from publish to the ending's arrival, sorted."""

    ms: Sequence[float]

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.ms, n=100)[percent - 1]


@dataclass
class Line:
    """A running chain of processes with its two ends."""

    services: Services
    processes: Processes
    tenants: Sequence[str]
    publisher: Publisher
    reader: Reader
    id_of: Callable[[bytes], str]
    """The response's id, of what arrived."""
    check: Callable[[Sequence[bytes]], None]
    """Raises if what arrived is not what was wanted."""
    profiling: Profiling = field(default_factory=Profiling)

    def warm_up(self, count: int = LEAST_WARM_UP) -> None:
        """Until every process has its partitions and has seen batches."""
        self._drained(count)

    def throughput(self, actions: int) -> Throughput:
        with self.profiling.measured(self.processes):
            told = tally(self.processes)
            before = self._cpu()
            others = Others(sum(before.values()))
            seconds = self._drained(actions)
            after = self._cpu()
        cores = others.cores(sum(after.values()))
        worked = batches(told, tally(self.processes))
        return Throughput(actions, seconds, spent(before, after, actions), cores, worked)

    def latency(self, per_second: float, seconds: float) -> Latency:
        load = responses(self.tenants, int(per_second * seconds))
        self.reader.clear()
        with self.reader.in_background(len(load)) as finish:
            published = self.publisher.paced(load, per_second)
            finish()
        arrived = self.reader.arrived
        self.check([value for _, value in arrived])
        return Latency(sorted((at - published[self.id_of(v)]) * 1000 for at, v in arrived))

    def _drained(self, actions: int) -> float:
        load = responses(self.tenants, actions)
        self.reader.clear()
        began = self.publisher.burst(load)
        ended = self.reader.read_until(actions, self.processes.check)
        self.check([value for _, value in self.reader.arrived])
        return ended - began

    def _cpu(self) -> dict[str, float]:
        return self.processes.cpu() | services_cpu(self.services)


def services_cpu(services: Services) -> dict[str, float]:
    """Seconds of CPU of the broker and of all of PostgreSQL."""
    broker, postgres = services.broker.pid, services.postgres.pid
    assert broker is not None
    assert postgres is not None
    return {"broker": cpu_seconds(broker), "postgres": cpu_seconds(postgres, with_children=True)}
