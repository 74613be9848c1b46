"""Fixed windows and budgets: what an action asks for, and whether it fits. Pure.

What it asks for is known before any window is locked; whether it fits, only after.
"""

from processors.limits.check import Counters, as_told, over
from processors.limits.demand import Asking, Demand, Kind, Share, starts
from processors.limits.room import Room
from processors.limits.windows import WINDOWS, demands

__all__ = [
    "WINDOWS",
    "Asking",
    "Counters",
    "Demand",
    "Kind",
    "Room",
    "Share",
    "as_told",
    "demands",
    "over",
    "starts",
]
