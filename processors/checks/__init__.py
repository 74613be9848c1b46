"""Every check that can object to an action's running without a person, in their order.

Of one gravity the first of these is the reason a person is told first.
"""

from processors.checks.capability import CAPABILITY, LEFT_TO_A_PERSON, with_pointers
from processors.checks.case import AssessFacts, Case, Check, Counters
from processors.checks.doubts import DOUBTS
from processors.checks.limits import LIMITS, OVER
from processors.checks.rollout import ROLLOUT
from processors.checks.settings import SETTINGS, in_canary

CHECKS: tuple[Check, ...] = (*CAPABILITY, *SETTINGS, *ROLLOUT, *DOUBTS, *LIMITS)

__all__ = [
    "CHECKS",
    "LEFT_TO_A_PERSON",
    "OVER",
    "AssessFacts",
    "Case",
    "Check",
    "Counters",
    "in_canary",
    "with_pointers",
]
