"""What uneven load and fewer partitions cost: each against the ordinary chain, in turns."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from bench.chain import Shape, chain
from bench.figure import figure, note
from bench.line import Throughput
from bench.options import Options
from bench.services import Services


def hot_tenant(services: Services, options: Options) -> Iterator[dict[str, Any]]:
    """Everything is one tenant's, so on one partition, and under one tenant's limits."""
    yield from _against(services, options, "hot_tenant_throughput", Shape(one_tenant=True))


def one_partition(services: Services, options: Options) -> Iterator[dict[str, Any]]:
    """Many tenants on topics of one partition."""
    yield from _against(services, options, "partitions_1_vs_4", Shape(partitions=1))


def _against(
    services: Services, options: Options, name: str, shape: Shape
) -> Iterator[dict[str, Any]]:
    runs: list[Throughput] = []
    ordinary: list[Throughput] = []
    for _ in range(options.pairs):
        for kind, kept in ((Shape(), ordinary), (shape, runs)):
            with chain(services, options, kind) as line:
                kept.append(line.throughput(options.actions))
        note(f"{name}: {runs[-1].per_second:.0f}/s against {ordinary[-1].per_second:.0f}/s")
    yield figure(
        name,
        median(run.per_second for run in runs),
        "actions/s",
        ratio=median(
            one.per_second / other.per_second for one, other in zip(runs, ordinary, strict=True)
        ),
        n=options.actions,
        runs=[run.per_second for run in runs],
        ordinary=[run.per_second for run in ordinary],
        others_cores=[run.others for run in runs],
        ordinary_others_cores=[run.others for run in ordinary],
    )
