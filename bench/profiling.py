"""Profiles of the product's processes for as long as something is measured.

- `cprofile`: exact calls, every thread, Python's calls two to three times as slow.
- `py-spy`: samples whichever thread holds the interpreter's lock, costs little; what waits and
  what librdkafka does in its own threads is not in it. Not in the requirements: `pip install
  py-spy` anywhere, and have it on the PATH or named in PY_SPY. `py-spy-native` sees into C.
"""

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bench.figure import note
from bench.processes import Processes

RATE = 100
TOP = 30
_ATTACHED_S = 0.3


class Tool(StrEnum):
    CPROFILE = "cprofile"
    PY_SPY = "py-spy"
    PY_SPY_NATIVE = "py-spy-native"


@dataclass(frozen=True, slots=True)
class Profiling:
    """Who is profiled, and by what."""

    names: Collection[str] = ()
    tool: Tool = Tool.PY_SPY
    clock: str = "cpu"
    """cpu | wall: of cProfile."""

    def wrapper(self, name: str, folder: Path) -> list[str]:
        """What runs in the place of `python -m interlock`."""
        if name not in self.names or self.tool is not Tool.CPROFILE:
            return ["interlock"]
        return ["bench.profiled", "--out", str(folder / f"{name}.prof"), "--clock", self.clock]

    @contextmanager
    def measured(self, processes: Processes) -> Iterator[None]:
        """Only what happens inside counts."""
        here = [processes.running[name] for name in self.names if name in processes.running]
        if not here:
            yield
            return
        if self.tool is Tool.CPROFILE:
            for process in here:
                process.child.send_signal(signal.SIGUSR1)
            yield
            note(f"profiles: *.prof and the end of the logs in {processes.folder}")
            return
        samplers = [
            (self._sample(process.child.pid, out := processes.folder / f"{process.name}.raw"), out)
            for process in here
        ]
        # Until they are attached; a sampler says nothing when it is.
        time.sleep(_ATTACHED_S)
        try:
            yield
        finally:
            for sampler, _ in samplers:
                sampler.send_signal(signal.SIGINT)
            for sampler, out in samplers:
                sampler.wait(30)
                note(f"samples of {out.stem} ({out})\n{costliest(out)}")

    def _sample(self, pid: int, out: Path) -> subprocess.Popen[bytes]:
        program = os.environ.get("PY_SPY") or shutil.which("py-spy")
        if program is None:
            raise SystemExit("py-spy is neither on the PATH nor named in PY_SPY")
        native = ["--native"] if self.tool is Tool.PY_SPY_NATIVE else []
        command = [program, "record", "--pid", str(pid), "--rate", str(RATE), "--gil", "--function"]
        return subprocess.Popen(
            [*command, *native, "--format", "raw", "--output", str(out)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def costliest(raw: Path) -> str:
    """Functions by their own samples and with what they call, from py-spy's stacks."""
    own: Counter[str] = Counter()
    inclusive: Counter[str] = Counter()
    for line in raw.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own[frames[-1]] += int(count)
        inclusive.update(dict.fromkeys(frames, int(count)))
    total = max(1, sum(own.values()))
    lines = [f"{total} samples, {total / RATE:.2f} s of holding the interpreter"]
    for title, counts in (("own", own), ("with callees", inclusive)):
        lines.append(f"  {title}")
        lines += [
            f"  {count / total:7.1%}  {frame.replace(str(Path.cwd()) + '/', '')}"
            for frame, count in counts.most_common(TOP)
        ]
    return "\n".join(lines)
