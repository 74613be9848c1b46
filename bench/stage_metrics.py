"""How a stage worked, from what it tells Prometheus: the size of its batches, and how long they
took in the database and in Kafka."""

import re
from collections.abc import Mapping
from urllib.error import URLError
from urllib.request import urlopen

from bench.processes import Processes

_LINE = re.compile(r'interlock_stage_(\w+)_(count|sum)\{stage="(\w+)"\} (\S+)')

Tally = Mapping[tuple[str, str, str], float]
"""(stage, histogram, `count` or `sum`) → value."""


def tally(processes: Processes) -> Tally:
    """The stages' histograms so far."""
    found: dict[tuple[str, str, str], float] = {}
    for process in processes.running.values():
        if process.ready_url is None:
            continue
        try:
            with urlopen(process.ready_url.replace("/readyz", "/metrics"), timeout=5) as answer:
                text = answer.read().decode()
        except (OSError, URLError):
            continue
        for histogram, kind, stage, value in _LINE.findall(text):
            found[stage, histogram, kind] = float(value)
    return found


def batches(before: Tally, after: Tally) -> dict[str, dict[str, float]]:
    """By stage: batches, records in one, milliseconds of its two transactions."""

    def added(stage: str, histogram: str, kind: str) -> float:
        key = (stage, histogram, kind)
        return after.get(key, 0.0) - before.get(key, 0.0)

    result: dict[str, dict[str, float]] = {}
    for stage in sorted({stage for stage, _, _ in after}):
        count = added(stage, "batch_records", "count")
        if count:
            result[stage] = {
                "batches": count,
                "records": added(stage, "batch_records", "sum") / count,
                "database_ms": added(stage, "decide_seconds", "sum") / count * 1000,
                "kafka_ms": added(stage, "transaction_seconds", "sum") / count * 1000,
            }
    return result
