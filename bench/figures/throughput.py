"""How many actions a second go through the whole chain, against the floor of the same minutes.

Floor and chain are measured in turns, and the ratio is the median of the pairs: a machine that
is busy for a while is busy for both.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from statistics import median
from typing import Any

from bench.chain import Shape, chain
from bench.complaints import complaints
from bench.figure import figure, note
from bench.floor import floor
from bench.line import Line, Throughput
from bench.options import Options
from bench.services import Services
from schemas.settings import Transport

Lines = Iterator[dict[str, Any]]


def floor_alone(services: Services, options: Options) -> Lines:
    runs = [_run("floor", floor(services, options), options) for _ in range(options.pairs)]
    yield _floor_line(runs, options)


def chain_throughput(services: Services, options: Options) -> Lines:
    """`floor_throughput`, `chain_throughput`, and `cpu_*` of the same runs."""
    yield from _paired("chain_throughput", services, options, Shape(), with_floor=True)


def over_http(services: Services, options: Options) -> Lines:
    """A no-op plugin in a process of its own."""
    shape = Shape(transport=Transport.HTTP)
    yield from _paired("chain_throughput_http", services, options, shape)


def plugin_host(services: Services, options: Options) -> Lines:
    """`create_task` on the product's plugin host, which writes to PostgreSQL."""
    shape = Shape(transport=Transport.HTTP, plugin_host=True)
    yield from _paired("chain_throughput_plugin_host", services, options, shape)


def with_sinks(services: Services, options: Options) -> Lines:
    """`project` reads along; the end is still the last transition."""
    yield from _paired("chain_throughput_sinks", services, options, Shape(sinks=True))


def _paired(
    name: str, services: Services, options: Options, shape: Shape, *, with_floor: bool = False
) -> Lines:
    floors: list[Throughput] = []
    chains: list[Throughput] = []
    complained: list[Mapping[str, int]] = []
    for _ in range(options.pairs):
        floors.append(_run("floor", floor(services, options), options))
        line = chain(services, options, shape)
        chains.append(_run(name, line, options, complained))
    if with_floor:
        yield _floor_line(floors, options)
    yield figure(
        name,
        median(run.per_second for run in chains),
        "actions/s",
        ratio=median(c.per_second / f.per_second for c, f in zip(chains, floors, strict=True)),
        n=options.actions,
        runs=[run.per_second for run in chains],
        floors=[run.per_second for run in floors],
        batch_records=options.batch,
        run_concurrency=options.concurrency,
        bulkhead=options.concurrency,
        cpu_us=_cpu(chains),
        floor_cpu_us=_cpu(floors),
        batches=chains[-1].batches,
        others_cores=[run.others for run in chains],
        floors_others_cores=[run.others for run in floors],
        complaints=complained,
    )
    if with_floor:
        floor_cpu = _cpu(floors)
        for process, micros in _cpu(chains).items():
            against = micros / floor_cpu[process] if process in ("broker", "total") else None
            yield figure(f"cpu_{process}", micros, "us/action", ratio=against, n=options.actions)


def _run(
    what: str,
    line: AbstractContextManager[Line],
    options: Options,
    complained: list[Mapping[str, int]] | None = None,
) -> Throughput:
    with line as running:
        run = running.throughput(options.actions)
        folder = running.processes.folder
    note(
        f"{what}: {run.per_second:.0f}/s, {run.cpu_us['total']:.0f} us/action, others used "
        f"{run.others:.1f} cores  ({folder})"
    )
    if complained is not None:
        complained.append(complaints(folder))
    return run


def _floor_line(runs: list[Throughput], options: Options) -> dict[str, Any]:
    return figure(
        "floor_throughput",
        median(run.per_second for run in runs),
        "records/s",
        n=options.actions,
        runs=[run.per_second for run in runs],
        batch_records=options.batch,
        cpu_us=_cpu(runs),
    )


def _cpu(runs: list[Throughput]) -> dict[str, float]:
    return {name: median(run.cpu_us[name] for run in runs) for name in runs[0].cpu_us}
