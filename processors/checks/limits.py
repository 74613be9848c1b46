"""Whether there is room in the windows."""

from processors.checks.case import Check
from schemas.names import Verdict

LIMITS: tuple[Check, ...] = (
    (
        "limit_hour",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.facts.counters.hour >= c.tenant.max_actions_per_hour,
        "the tenant's hourly limit is reached",
    ),
    (
        "limit_day",
        Verdict.NEEDS_APPROVAL,
        lambda c: c.facts.counters.day >= c.tenant.max_actions_per_day,
        "the tenant's daily limit is reached",
    ),
)

OVER = frozenset(code for code, *_ in LIMITS)
"""Reasons of an action that takes no place in the windows."""
