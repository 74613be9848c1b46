"""What the host tells of each call: one line in the log, one count (Prometheus)."""

import time

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from plugins.call import Call
from plugins.once import Answer
from plugins.problems import Problem

log = structlog.get_logger("plugins")

_SERVER_FAULTS = 500


class Observation:
    """Counters of one host, in a registry of their own: several hosts can share a process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._invocations = Counter(
            "plugin_host_invocations",
            "Calls answered, by what came of them: done, replayed, refused (4xx), failed (5xx).",
            ["tool", "outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "plugin_host_invocation_seconds",
            "Time from the body read to the answer ready.",
            ["tool"],
            registry=self._registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )

    def call(self, tool: str) -> "CallObservation":
        """Start the clock of a call. `tool` is of the catalog, or `unknown`: it is a label."""
        return CallObservation(
            tool, self._invocations, self._seconds.labels(tool), time.perf_counter()
        )

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self._registry)


class CallObservation:
    """One call's clock; told once how it ended. Never logs params: they are the tenant's."""

    def __init__(self, tool: str, ends: Counter, seconds: Histogram, started: float) -> None:
        self._tool = tool
        self._ends = ends
        self._seconds = seconds
        self._started = started

    def answered(self, call: Call, answer: Answer) -> None:
        self._end("replayed" if answer.replayed else "done", call, None)

    def refused(self, call: Call | None, problem: Problem) -> None:
        """`call` is None if it could not even be read."""
        outcome = "refused" if problem.status < _SERVER_FAULTS else "failed"
        self._end(outcome, call, problem.code)

    def _end(self, outcome: str, call: Call | None, code: str | None) -> None:
        seconds = time.perf_counter() - self._started
        self._ends.labels(self._tool, outcome).inc()
        self._seconds.observe(seconds)
        log.info(
            "invocation",
            tool=self._tool,
            outcome=outcome,
            code=code,
            ms=round(seconds * 1000, 1),
            tenant_id=call and call.tenant_id,
            action_id=call and call.action_id,
            revision=call and call.revision,
            trace_id=call and call.trace_id,
        )
