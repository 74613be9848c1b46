"""Each stage alone: one process after another over the same records, so that none takes the
machine from another. A plain hop on the same broker is what they are compared with.

A stage is timed from its first written transaction to its last: what its start costs is a figure
of its own. Its CPU is counted over the same time.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.chain import STAGES, Product, Shape, product
from bench.cpu import spent
from bench.figure import figure, note
from bench.group_progress import GroupProgress
from bench.line import services_cpu
from bench.load import Publisher, balanced_tenants, responses
from bench.machine import Others
from bench.options import Options
from bench.processes import Processes, bare_environment
from bench.reading import Reader, everything, from_stage, reading
from bench.services import PARTITIONS, Services
from schemas.names import Topic

WRITES: Mapping[str, Topic] = {
    "draft": Topic.DRAFTED,
    "assess": Topic.ASSESSED,
    "approve": Topic.APPROVED,
    "execute": Topic.EXECUTED,
    "observe": Topic.STATE_CHANGED,
}
CLOSING = "approve_closing"


@dataclass(frozen=True, slots=True)
class Alone:
    """One process that worked through everything there was for it."""

    per_second: float
    cpu_us: Mapping[str, float]
    others: float
    """Cores that were busy with something else meanwhile."""


def stages(services: Services, options: Options) -> Iterator[dict[str, Any]]:
    runs: dict[str, list[Alone]] = {name: [] for name in ("hop", *STAGES, CLOSING)}
    for _ in range(options.pairs):
        runs["hop"].append(hop_alone(services, options))
        for name, alone in one_after_another(services, options, (*STAGES, CLOSING)):
            runs[name].append(alone)
    for name, alones in runs.items():
        pairs = zip(alones, runs["hop"], strict=True)
        yield figure(
            f"stage_{name}",
            median(alone.per_second for alone in alones),
            "actions/s",
            ratio=median(alone.per_second / hop.per_second for alone, hop in pairs),
            n=options.actions,
            runs=[alone.per_second for alone in alones],
            others_cores=[alone.others for alone in alones],
            cpu_us={
                process: median(alone.cpu_us[process] for alone in alones)
                for process in alones[0].cpu_us
            },
        )


def one_after_another(
    services: Services, options: Options, names: tuple[str, ...]
) -> Iterator[tuple[str, Alone]]:
    """The chain's processes in order, each until it has drained its topic."""
    with product(services, options, Shape()) as made:
        load = responses(made.tenants, options.actions)
        Publisher(services.bootstrap, Topic.RESPONSES.value).burst(load)
        for name in names:
            alone = _closing(made) if name == CLOSING else _alone(made, name)
            micros = alone.cpu_us["total"]
            note(f"{name} alone: {alone.per_second:.0f}/s, {micros:.0f} us/action")
            yield name, alone


def _alone(made: Product, name: str) -> Alone:
    bootstrap, actions = made.services.bootstrap, made.options.actions
    wanted = from_stage("observe") if name == "observe" else everything
    with ExitStack() as stack:
        reader = stack.enter_context(reading(bootstrap, WRITES[name].value, wanted))
        begins = reader
        if name == "execute":
            # Most of its work is done before settle writes anything.
            begins = stack.enter_context(reading(bootstrap, Topic.REPORTS.value))
        made.start(name).wait_ready()
        with made.options.profiling.measured(made.processes):
            alone = _drained(made.services, made.processes, reader, actions, begins)
        _stop(made, name)
    return alone


def _closing(made: Product) -> Alone:
    """Approve once more, for what was executed: it closes its rows and writes nothing."""
    progress = GroupProgress(made.services, "interlock-approve", Topic.EXECUTED.value)
    start = progress.position()
    made.start("approve")
    began, first = progress.wait_past(start)
    before = made.processes.cpu() | services_cpu(made.services)
    others = Others(sum(before.values()))
    ended, last = progress.wait_drained()
    after = made.processes.cpu() | services_cpu(made.services)
    cores = others.cores(sum(after.values()))
    _stop(made, "approve")
    counted = int(made.options.actions * (last - first) / (last - start))
    return Alone(counted / (ended - began), spent(before, after, counted), cores)


def _stop(made: Product, name: str) -> None:
    code = made.processes.stop(name)
    assert code == 0, f"{name} ended with {code}: see {made.processes.folder}"


def hop_alone(services: Services, options: Options) -> Alone:
    """The plain hop."""
    with (
        _hop(services, options) as (processes, start, topic),
        reading(services.bootstrap, topic) as reader,
    ):
        start()
        return _drained(services, processes, reader, options.actions)


@contextmanager
def _hop(
    services: Services, options: Options
) -> Iterator[tuple[Processes, Callable[[], object], str]]:
    source, target = topics = services.new_topics("hop", 2)
    processes = Processes(services.run_folder("hop"), bare_environment())
    tenants = balanced_tenants(services.bootstrap, target, PARTITIONS)
    Publisher(services.bootstrap, source).burst(responses(tenants, options.actions))
    argv = ["-m", "bench.hop", services.bootstrap, source, source, target, str(options.batch)]
    try:
        yield processes, lambda: processes.start("hop", argv), target
    finally:
        processes.stop_all()
        services.delete_topics(topics)


def _drained(
    services: Services,
    processes: Processes,
    reader: Reader,
    actions: int,
    begins: Reader | None = None,
) -> Alone:
    begins = begins or reader
    begins.read_until(1, processes.check)
    before = processes.cpu() | services_cpu(services)
    others = Others(sum(before.values()))
    began, first = begins.steps[0]
    already = first if begins is reader else 0
    ended = reader.read_until(actions, processes.check)
    after = processes.cpu() | services_cpu(services)
    cores = others.cores(sum(after.values()))
    counted = actions - already
    if counted <= 0:
        raise AssertionError("all in one transaction: measure more actions")
    return Alone(counted / (ended - began), spent(before, after, counted), cores)
