"""What assess decided, counted for alerts. A batch done again counts again."""

from collections.abc import Iterable

from prometheus_client import Counter

from schemas.events import Assessed
from schemas.names import Verdict

_BLOCKED = Counter(
    "react_action_risk_block_total", "Actions that do not run without a person", ["verdict"]
)
_DEGRADED = Counter(
    "react_action_degraded_total", "Actions assessed with another tool than the one named"
)
_POLICY_ERRORS = Counter(
    "interlock_policy_errors_total",
    "Conditions in force that gave neither true nor false",
    ["rule"],
)
POLICY_ERROR = "policy_error"


def count(assessed: Iterable[Assessed]) -> None:
    """One batch's verdicts. Rules' names are operators' own, so there are few."""
    for event in assessed:
        if event.verdict is not Verdict.AUTO_APPROVE:
            _BLOCKED.labels(event.verdict.value).inc()
        if event.degraded_from is not None:
            _DEGRADED.inc()
        for reason in event.reasons:
            if reason.code == POLICY_ERROR:
                _POLICY_ERRORS.labels(reason.rule or "").inc()
