"""Seed → faults: what happens when, to whom, for how long. Pure, and endless."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import takewhile
from typing import Any

from streams.crash_points import CrashPoint
from tests.crash.campaign.names import FIRST, INSTANCES, PROXIED, STAGES, process_of

BROKER, DATABASE = "broker", "database"
PAUSE_S = 1.6
"""Between the beginnings of two faults, on average."""
CALM_S = 2.0
"""How long a target is left alone after a fault, so that it can come back."""


class Kind(StrEnum):
    KILL = "kill"
    CRASH_POINT = "crash_point"
    FREEZE = "freeze"
    RESTART = "restart"
    THIRD_INSTANCE = "third_instance"
    BROKER_RESTART = "broker_restart"
    BROKER_KILL = "broker_kill"
    DATABASE_RESTART = "database_restart"
    DATABASE_KILL = "database_kill"
    NET_RESET = "net_reset"
    NET_HOLE = "net_hole"
    NET_DELAY = "net_delay"


@dataclass(frozen=True)
class Fault:
    """`at` and `lasts` are seconds; what else a kind needs is in `details`."""

    at: float
    kind: Kind
    target: str
    lasts: float
    details: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> dict[str, Any]:
        return asdict(self)


Details = Callable[[random.Random, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Shape:
    """How often a kind is drawn, whom it can hit, and how long it lasts."""

    weight: float
    targets: tuple[str, ...]
    lasts: tuple[float, float]
    details: Details = lambda rng, target: {}
    apart: float = 0.0
    """Seconds between two of this kind, at least."""


STAGE_POINTS = (
    CrashPoint.BEFORE_OUTCOME_COMMIT,
    CrashPoint.AFTER_OUTCOME_COMMIT,
    CrashPoint.BEFORE_PRODUCE,
    CrashPoint.AFTER_PRODUCE,
    CrashPoint.BEFORE_KAFKA_COMMIT,
    CrashPoint.AFTER_KAFKA_COMMIT,
)
EXECUTE_POINTS = (
    CrashPoint.AFTER_ACCEPT,
    CrashPoint.AFTER_INTENT,
    CrashPoint.AFTER_CALL,
    CrashPoint.AFTER_RESULT,
    CrashPoint.BEFORE_REPORT,
    CrashPoint.AFTER_REPORT,
)
POINTS: Mapping[str, tuple[str, ...]] = {
    **{
        stage: tuple(f"{stage}.{point.value}" for point in STAGE_POINTS)
        for stage in STAGES
        if stage != "execute"
    },
    "execute": (
        *(f"settle.{point.value}" for point in STAGE_POINTS),
        *(f"execute.{point.value}" for point in EXECUTE_POINTS),
    ),
    "project": tuple(f"project.{point.value}" for point in STAGE_POINTS[:2]),
}
"""process → the crash points on its way."""


def _point(rng: random.Random, target: str) -> Mapping[str, Any]:
    # Mostly soon: a run is short, and under load many records are one passage.
    nth = rng.choice((1, 1, 2, 2, 3, 5, 8, rng.randint(9, 20)))
    return {"point": rng.choice(POINTS[process_of(target)]), "nth": nth}


def _delay(rng: random.Random, target: str) -> Mapping[str, Any]:
    return {"delay": round(rng.uniform(0.02, 0.3), 3)}


_STAGE_INSTANCES = (*FIRST, *PROXIED)
_CRASHING = tuple(name for name in INSTANCES if process_of(name) in POINTS)

SHAPES: Mapping[Kind, Shape] = {
    Kind.KILL: Shape(6, INSTANCES, (0.0, 2.0)),
    Kind.CRASH_POINT: Shape(8, _CRASHING, (20.0, 20.0), _point),
    Kind.FREEZE: Shape(4, (*_STAGE_INSTANCES, *_STAGE_INSTANCES, *INSTANCES), (7.0, 9.0)),
    Kind.RESTART: Shape(3, INSTANCES, (0.0, 0.5)),
    Kind.THIRD_INSTANCE: Shape(2, tuple(f"{stage}-3" for stage in STAGES), (5.0, 10.0)),
    Kind.BROKER_RESTART: Shape(0.7, (BROKER,), (0.0, 1.0), apart=25),
    Kind.BROKER_KILL: Shape(0.7, (BROKER,), (0.0, 2.0), apart=30),
    Kind.DATABASE_RESTART: Shape(0.8, (DATABASE,), (0.0, 1.0), apart=15),
    Kind.DATABASE_KILL: Shape(0.8, (DATABASE,), (0.0, 2.0), apart=15),
    Kind.NET_RESET: Shape(2, PROXIED, (1.0, 8.0)),
    Kind.NET_HOLE: Shape(2, PROXIED, (1.0, 8.0)),
    Kind.NET_DELAY: Shape(2, PROXIED, (2.0, 6.0), _delay),
}


def faults(seed: int) -> Iterator[Fault]:
    """All faults of a seed, by time. No two overlap on one target: a process that is stopped
    is not killed too, but its neighbours, the broker and the database may be."""
    rng = random.Random(f"faults {seed}")
    kinds = list(SHAPES)
    weights = [SHAPES[kind].weight for kind in kinds]
    free: dict[str, float] = {}
    last: dict[Kind, float] = {}
    at = 2.0
    while True:
        at += rng.expovariate(1 / PAUSE_S)
        kind = rng.choices(kinds, weights)[0]
        shape = SHAPES[kind]
        target = rng.choice(shape.targets)
        lasts = round(rng.uniform(*shape.lasts), 2)
        details = shape.details(rng, target)
        if free.get(target, 0.0) > at or last.get(kind, -1e9) + shape.apart > at:
            continue
        free[target] = at + lasts + CALM_S
        last[kind] = at
        yield Fault(round(at, 2), kind, target, lasts, details)


def plan(seed: int, seconds: float) -> list[Fault]:
    """The faults that begin within so many seconds."""
    return list(takewhile(lambda fault: fault.at < seconds, faults(seed)))
