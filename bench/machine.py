"""How busy the machine was with other things while something was measured."""

import os
import time

import psutil


class Others:
    """Cores that were used by nobody of this run, since this was made."""

    def __init__(self, ours_s: float) -> None:
        """`ours_s`: CPU seconds of the run's processes so far."""
        self._ours = ours_s + _self_s()
        self._busy = _busy_s()
        self._at = time.monotonic()

    def cores(self, ours_s: float) -> float:
        ours = ours_s + _self_s() - self._ours
        return max(0.0, (_busy_s() - self._busy - ours) / (time.monotonic() - self._at))


def _self_s() -> float:
    times = os.times()
    return times.user + times.system


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)
