"""How long an action takes at a load the chain has no trouble with."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from bench.chain import chain
from bench.figure import figure, note
from bench.floor import floor
from bench.line import Latency
from bench.options import Options
from bench.services import Services

PERCENTILES = (50, 95, 99)


def latency(services: Services, options: Options) -> Iterator[dict[str, Any]]:
    """`floor_latency_*` and `chain_latency_*`, in turns."""
    floors: list[Latency] = []
    chains: list[Latency] = []
    for _ in range(options.pairs):
        for what, opened, runs in (("floor", floor, floors), ("chain", chain, chains)):
            with opened(services, options) as line:
                runs.append(line.latency(options.rate, options.seconds))
            seen = "/".join(f"{runs[-1].percentile(p):.0f}" for p in PERCENTILES)
            note(f"{what} latency p50/p95/p99: {seen} ms")
    count = int(options.rate * options.seconds)
    for percent in PERCENTILES:
        bare = [run.percentile(percent) for run in floors]
        full = [run.percentile(percent) for run in chains]
        ratio = median(c / f for c, f in zip(full, bare, strict=True))
        shape = {"n": count, "per_second": options.rate}
        yield figure(f"floor_latency_p{percent}", median(bare), "ms", **shape, runs=bare)
        yield figure(
            f"chain_latency_p{percent}", median(full), "ms", ratio=ratio, **shape, runs=full
        )
