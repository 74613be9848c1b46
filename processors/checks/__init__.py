"""Every check that can object to an action's running without a person, in their order.

Of one gravity the first of these is the reason a person is told first. Limits come after them,
from a table of their own (`processors.limits`): whether there is room is known last.
"""

from processors.checks.capability import CAPABILITY, LEFT_TO_A_PERSON, with_pointers
from processors.checks.case import AssessFacts, Case, Check
from processors.checks.doubts import DOUBTS
from processors.checks.permissions import PERMISSIONS
from processors.checks.rollout import ROLLOUT
from processors.checks.settings import SETTINGS, in_canary

CHECKS: tuple[Check, ...] = (*CAPABILITY, *PERMISSIONS, *SETTINGS, *ROLLOUT, *DOUBTS)

__all__ = [
    "CHECKS",
    "LEFT_TO_A_PERSON",
    "AssessFacts",
    "Case",
    "Check",
    "in_canary",
    "with_pointers",
]
