"""Named places where a process can be made to die by SIGKILL, for tests.

Production never arms one. A test names a point and how many passages to let by; the
process ends itself there without unwinding anything, as a power cut would.
"""

import os
import signal
from dataclasses import dataclass
from enum import StrEnum


class CrashPoint(StrEnum):
    BEFORE_OUTCOME_COMMIT = "before_outcome_commit"
    AFTER_OUTCOME_COMMIT = "after_outcome_commit"
    BEFORE_PRODUCE = "before_produce"
    AFTER_PRODUCE = "after_produce"
    BEFORE_KAFKA_COMMIT = "before_kafka_commit"
    AFTER_KAFKA_COMMIT = "after_kafka_commit"
    AFTER_ACCEPT = "after_accept"
    AFTER_INTENT = "after_intent"
    AFTER_CALL = "after_call"
    AFTER_RESULT = "after_result"
    BEFORE_REPORT = "before_report"
    AFTER_REPORT = "after_report"


@dataclass
class _Armed:
    stage: str
    point: str
    passages_left: int


_armed: _Armed | None = None


def arm(name: str | None, nth: int = 1) -> None:
    """Die at the `nth` passage of `name`, written `<stage>.<point>`; None disarms.

    Raises:
        ValueError: no such point.
    """
    global _armed
    if name is None:
        _armed = None
        return
    stage, _, point = name.rpartition(".")
    _armed = _Armed(stage, CrashPoint(point), nth)


def passing(stage: str, point: CrashPoint) -> None:
    """Called where a crash would matter. Costs one comparison when nothing is armed."""
    if _armed is None or _armed.point != point or _armed.stage != stage:
        return
    _armed.passages_left -= 1
    if _armed.passages_left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
