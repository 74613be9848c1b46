"""What the command line fixes for all figures."""

from dataclasses import dataclass, field

from bench.profiling import Profiling


@dataclass(frozen=True, slots=True)
class Options:
    actions: int = 20_000
    """Of one run."""
    pairs: int = 3
    """Interleaved runs of floor and chain."""
    batch: int = 1_000
    """`INTERLOCK_BATCH_RECORDS`, and the floor's batch."""
    concurrency: int = 500
    """`INTERLOCK_RUN_CONCURRENCY`, and the plugin's bulkhead."""
    rate: float = 100.0
    seconds: float = 30.0
    """Of a latency run."""
    profiling: Profiling = field(default_factory=Profiling)

    @property
    def warm_up(self) -> int:
        return min(5_000, max(1_000, self.actions // 4))
