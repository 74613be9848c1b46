"""What a stage tells Prometheus, in base units."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager

from prometheus_client import Counter, Gauge, Histogram

from streams.assignment import Partition
from streams.outcomes import Emission

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_RECORDS = Counter(
    "interlock_stage_records_total", "Records handled, by what became of them", ["stage", "result"]
)
_OUTPUTS = Counter("interlock_stage_outputs_total", "Records written", ["stage"])
_BATCH = Histogram(
    "interlock_stage_batch_records", "Records in a batch", ["stage"], buckets=(1, 5, 20, 100, 500)
)
_DECIDE = Histogram(
    "interlock_stage_decide_seconds",
    "Asking others, and the database transaction of a batch",
    ["stage"],
    buckets=_FAST,
)
_COMMIT = Histogram(
    "interlock_stage_transaction_seconds", "Kafka transaction of a batch", ["stage"], buckets=_FAST
)
_ABORTED = Counter("interlock_stage_aborted_total", "Kafka transactions aborted", ["stage"])
_LAG = Gauge("interlock_stage_lag_records", "Records not yet read", ["stage", "topic", "partition"])


class StageMetrics:
    """The same figures for every stage, under its name."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._batch = _BATCH.labels(stage)
        self._outputs = _OUTPUTS.labels(stage)

    def deciding(self) -> AbstractContextManager[object]:
        return _DECIDE.labels(self._stage).time()

    def committing(self) -> AbstractContextManager[object]:
        return _COMMIT.labels(self._stage).time()

    def aborted(self) -> None:
        _ABORTED.labels(self._stage).inc()

    def handled(self, emissions: Iterable[Emission]) -> None:
        tally = Tally(emission.result for emission in emissions)
        for result, count in tally.items():
            _RECORDS.labels(self._stage, result.value).inc(count)
        self._batch.observe(sum(tally.values()))
        self._outputs.inc(sum(len(emission.outputs) for emission in emissions))

    def lag(self, behind: Mapping[Partition, int]) -> None:
        for (topic, partition), records in behind.items():
            _LAG.labels(self._stage, topic, str(partition)).set(records)
