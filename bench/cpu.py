"""CPU time and memory of processes, as the kernel counts them."""

from collections.abc import Mapping
from pathlib import Path

import psutil


def cpu_seconds(pid: int, *, with_children: bool = False) -> float:
    """User and system time of a process so far; with those of its children, ended ones too."""
    process = psutil.Process(pid)
    times = process.cpu_times()
    own = float(times.user + times.system)
    if not with_children:
        return own
    # A child that ends between two looks is counted once its parent has waited for it.
    total = own + float(times.children_user + times.children_system)
    for child in process.children(recursive=True):
        try:
            total += cpu_seconds(child.pid)
        except psutil.NoSuchProcess:
            continue
    return total


def peak_mb(pid: int) -> float:
    """The most memory a process had resident (VmHWM), in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"the kernel says nothing of {pid}'s memory")


def spent(
    before: Mapping[str, float], after: Mapping[str, float], actions: int
) -> dict[str, float]:
    """Microseconds an action, by process, and `total`."""
    micros = {name: (after[name] - before[name]) / actions * 1e6 for name in after}
    return {**micros, "total": sum(micros.values())}
