"""A product process under cProfile, every thread of it.

    python -m bench.profiled [--out FILE] [--clock cpu|wall] run draft

It runs as `interlock run draft` does; after SIGTERM, when it has drained, the profiles of all
threads are added up and written to FILE (default: `<process>.prof`), and the costliest
functions are printed. On SIGUSR1 it counts from then on: what start and warm-up took is left
out. The clock `cpu` counts a thread's own CPU time, so that waiting costs nothing; `wall` shows
where a loop waits. Either makes Python code slower, calls most.
"""

import argparse
import cProfile
import pstats
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

TOP = 45

Function = tuple[str, int, str]
Costs = dict[Function, tuple[Any, ...]]
"""pstats' own shape: calls, primitive calls, own time, cumulative time, callers."""


class Profiles:
    """One profile a thread, from its first line on."""

    def __init__(self, clock: str) -> None:
        self._cpu = clock == "cpu"
        self._profiles: list[tuple[str, cProfile.Profile]] = []
        self._before: dict[int, Costs] = {}

    def begin(self, name: str) -> None:
        """Profile the calling thread from here on."""
        profile = cProfile.Profile(time.thread_time) if self._cpu else cProfile.Profile()
        self._profiles.append((name, profile))
        profile.enable()

    def cover_threads(self) -> None:
        """Every thread that is started from now on."""
        run: Callable[[threading.Thread], None] = threading.Thread.run

        def profiled(thread: threading.Thread) -> None:
            self.begin(thread.name)
            run(thread)

        setattr(threading.Thread, "run", profiled)  # noqa: B010

    def count_from_now(self) -> None:
        self._before = dict(enumerate(_costs(profile) for _, profile in self._profiles))

    def stats(self) -> tuple[pstats.Stats, list[tuple[float, str]]]:
        """All added up, and each thread's own sum."""
        total = pstats.Stats()
        threads: list[tuple[float, str]] = []
        for number, (name, profile) in enumerate(self._profiles):
            one = pstats.Stats()
            costs = _since(self._before.get(number, {}), _costs(profile))
            setattr(one, "stats", costs)  # noqa: B010
            one.get_top_level_stats()
            threads.append((sum(cost[2] for cost in costs.values()), name))
            total.add(one)
        return total, sorted(threads, reverse=True)


def _costs(profile: cProfile.Profile) -> Costs:
    # Not `create_stats`: it would switch off the calling thread's profiler, not this one.
    profile.snapshot_stats()
    costs: Costs = getattr(profile, "stats")  # noqa: B009
    return costs


def _since(before: Costs, after: Costs) -> Costs:
    """What was added. Callers are left out: a difference of them means little."""
    return {
        function: (
            *(a - b for a, b in zip(cost[:4], before.get(function, _NONE), strict=False)),
            {},
        )
        for function, cost in after.items()
        if cost[:4] != before.get(function, _NONE)[:4]
    }


_NONE = (0, 0, 0.0, 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.profiled")
    parser.add_argument("--out")
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    profiles = Profiles(given.clock)
    profiles.cover_threads()

    from interlock.cli import main as interlock

    sys.argv = ["interlock", *given.arguments]
    profiles.begin("main")
    signal.signal(signal.SIGUSR1, lambda *_: profiles.count_from_now())
    try:
        interlock()
    finally:
        stats, threads = profiles.stats()
        stats.dump_stats(given.out or f"{given.arguments[-1]}.prof")
        for seconds, name in threads:
            if seconds >= 0.005:
                print(f"{seconds:9.2f} s  thread {name}")
        report(stats)


def report(stats: pstats.Stats) -> None:
    """The costliest functions, by their own time and with what they call."""
    for order in ("tottime", "cumulative"):
        stats.sort_stats(order).print_stats(TOP)


if __name__ == "__main__":
    main()
