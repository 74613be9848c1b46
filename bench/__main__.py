"""What Interlock costs, against the least it could: `python -m bench`.

One JSON line a figure: `name`, `value`, `unit`, `ratio` where there is something to compare with,
`n` and the single `runs`. Progress goes to stderr. Everything runs on this machine, on a broker
and a database of the benchmark's own; each run has fresh topics, groups and a fresh database.
Believe ratios: what they compare ran in turns, on the same broker. `others_cores` says how much
of the machine somebody else used meanwhile; above a few tenths, measure again.

floor_throughput        records/s through five plain transactional hops (`bench.hop`), with the
                        chain's client settings, batch, partitions and records
chain_throughput        actions/s through draft, assess, approve, execute, observe, from the first
                        publish to the last final transition; ratio: to the floor. A response has
                        one action, approved by itself; the tool does nothing, in the process
  cpu_<process>         CPU microseconds an action in those runs, and cpu_total
chain_throughput_http   the same; the tool does nothing, behind HTTP in a process of its own
chain_throughput_plugin_host   the same; `create_task` on the product's plugin host
chain_throughput_sinks  the same as chain_throughput, while `project` reads along
stages                  stage_<name>: actions/s of one process alone over what the one before it
                        wrote; ratio: to a plain hop alone (stage_hop). stage_approve_closing is
                        approve's second input, what was executed
latency                 floor_latency_p50/p95/p99, chain_latency_...: ms from publish to the last
                        record's arrival at a reader, at --rate for --seconds; ratio: to the floor
footprint               start_<process>: s from spawn to ready; memory_<process>: peak RSS in MB
hot_tenant_throughput   actions/s when all are one tenant's; ratio: to many tenants'
partitions_1_vs_4       actions/s on topics of one partition; ratio: to four

--profile draft,execute prints where these processes spend their time (`bench.profiling`);
`python -m bench.profile_stage` does for one that runs alone.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.figure import note, show
from bench.figures import footprint, latency, skew, stages, throughput
from bench.floor import warm_broker
from bench.options import Options
from bench.profiling import Profiling, Tool
from bench.services import Services, services

FIGURES: dict[str, Callable[[Services, Options], Iterator[dict[str, Any]]]] = {
    "floor_throughput": throughput.floor_alone,
    "chain_throughput": throughput.chain_throughput,
    "chain_throughput_http": throughput.over_http,
    "chain_throughput_plugin_host": throughput.plugin_host,
    "chain_throughput_sinks": throughput.with_sinks,
    "stages": stages.stages,
    "latency": latency.latency,
    "footprint": footprint.footprint,
    "hot_tenant_throughput": skew.hot_tenant,
    "partitions_1_vs_4": skew.one_partition,
}


def main() -> int:
    defaults = Options()
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", metavar="NAME[,NAME]", help=", ".join(FIGURES))
    parser.add_argument("--actions", type=int, default=defaults.actions, help="of one run")
    parser.add_argument("--pairs", type=int, default=defaults.pairs, help="floor and chain in turn")
    parser.add_argument("--batch", type=int, default=defaults.batch)
    parser.add_argument("--concurrency", type=int, default=defaults.concurrency)
    parser.add_argument("--rate", type=float, default=defaults.rate, help="of latency, a second")
    parser.add_argument("--seconds", type=float, default=defaults.seconds, help="of latency")
    parser.add_argument("--profile", default="", metavar="PROCESS[,PROCESS]")
    parser.add_argument("--profiler", choices=[*Tool], default=Tool.PY_SPY.value)
    parser.add_argument("--profile-clock", choices=("cpu", "wall"), default="cpu")
    parser.add_argument("--keep", action="store_true", help="keep the processes' logs")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else [n for n in FIGURES if n != "floor_throughput"]
    if unknown := sorted(set(names) - set(FIGURES)):
        parser.error(f"no figure {', '.join(unknown)}: {', '.join(FIGURES)}")
    options = Options(
        actions=given.actions,
        pairs=given.pairs,
        batch=given.batch,
        concurrency=given.concurrency,
        rate=given.rate,
        seconds=given.seconds,
        profiling=Profiling(
            frozenset(filter(None, given.profile.split(","))),
            Tool(given.profiler),
            given.profile_clock,
        ),
    )
    folder = Path(tempfile.mkdtemp(prefix="interlock-bench-"))
    ended = False
    try:
        with services(folder) as running:
            warm_broker(running, options)
            for name in names:
                for line in FIGURES[name](running, options):
                    show(line)
        ended = True
    finally:
        if ended and not (given.keep or options.profiling.names):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            note(f"logs are kept in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
