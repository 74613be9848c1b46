"""What a sink tells Prometheus, in base units."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from prometheus_client import Counter, Gauge, Histogram

from streams.assignment import Partition

_RECORDS = Counter(
    "interlock_sink_records_total", "Records handled, by what became of them", ["sink", "result"]
)
_ROWS = Counter("interlock_sink_rows_total", "Rows written", ["sink", "table"])
_BATCH = Histogram(
    "interlock_sink_batch_seconds",
    "Database transaction of a batch",
    ["sink"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
_LAG = Gauge("interlock_sink_lag_records", "Records not yet read", ["sink", "topic", "partition"])


class SinkMetrics:
    """The same figures for every sink, under its name."""

    def __init__(self, sink: str) -> None:
        self._sink = sink
        self._lagging: set[Partition] = set()

    def batch(self) -> AbstractContextManager[object]:
        return _BATCH.labels(self._sink).time()

    def handled(self, results: Mapping[str, int]) -> None:
        for result, count in results.items():
            _RECORDS.labels(self._sink, result).inc(count)

    def rows(self, written: Mapping[str, int]) -> None:
        for table, count in written.items():
            _ROWS.labels(self._sink, table).inc(count)

    def lag(self, behind: Mapping[Partition, int]) -> None:
        """`behind` is all of it: a partition that went to another instance is its to tell."""
        for topic, partition in self._lagging - behind.keys():
            _LAG.remove(self._sink, topic, str(partition))
        for (topic, partition), records in behind.items():
            _LAG.labels(self._sink, topic, str(partition)).set(records)
        self._lagging = set(behind)
