"""Who uses the product in a campaign, and which tools there are. Pure."""

import random
from collections.abc import Mapping
from typing import Any

TENANTS = 40
_AUTOMATIC: dict[str, Any] = {
    "automation_enabled": True,
    "approval_required": False,
    "auto_approval_threshold": 0.8,
    "canary_percentage": 1.0,
    "safety_mode": "moderate",
    "max_actions_per_hour": 1_000_000,
    "max_actions_per_day": 1_000_000,
    # All tenants begin without a history.
    "preapproved_action_types": ["create_task", "tally", "ring"],
}
_KINDS: tuple[tuple[str, Mapping[str, Any] | None, int], ...] = (
    ("auto", _AUTOMATIC, 31),
    ("byhand", {**_AUTOMATIC, "automation_enabled": False}, 3),
    ("ask", {**_AUTOMATIC, "approval_required": True}, 2),
    # Over the limit a person decides.
    ("small", {**_AUTOMATIC, "max_actions_per_hour": 25}, 3),
    ("unknown", None, 1),
)
"""(kind, settings or none at all, how many)"""


def tenants(seed: int) -> dict[str, Mapping[str, Any] | None]:
    """Names, which the partitions follow from, and settings."""
    rng = random.Random(f"tenants {seed}")
    return {
        f"{kind}-{number}-{rng.randrange(16**6):06x}": settings
        for kind, settings, count in _KINDS
        for number in range(count)
    }


VERSION = "1.0.0"
OWN_TOOLS: Mapping[str, Mapping[str, Any]] = {
    # On the campaign's own host: it counts, and is never killed.
    "tally": {"idempotent": True, "impact": "low"},
    "ring": {"idempotent": False, "impact": "low"},
    "vault": {"idempotent": True, "impact": "high"},
}
HOSTED_TOOL = "create_task"
"""On the product's own plugin host, which is killed like the rest."""


def tools() -> dict[str, dict[str, Any]]:
    """What the checker is told: tool → version and whether it says it is idempotent."""
    return {
        **{
            name: {"version": VERSION, "idempotent": tool["idempotent"]}
            for name, tool in OWN_TOOLS.items()
        },
        HOSTED_TOOL: {"version": VERSION, "idempotent": True},
    }
