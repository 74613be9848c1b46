"""Staged rollout: which tenants may have which action types run by themselves by now.

A plan only restricts. What it has not reached yet needs a person, whatever its tenant's settings
say; what it has reached is left to them. Several plans restrict each for itself.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from processors.snapshot import Snapshot
from schemas.names import TenantId
from schemas.rollout import CATEGORY, EVERY_TYPE, RolloutPlan, RolloutStep


def any_held(settings: Snapshot) -> bool:
    """Whether a plan in force is held: then a person decides all of it."""
    return bool(settings.rollouts) and any(held(settings, plan) for plan in settings.rollouts)


def outside(settings: Snapshot, tenant: TenantId, action_type: str, now: datetime) -> bool:
    """Whether a plan in force has not reached the type for the tenant."""
    if not settings.rollouts:
        return False
    place, named = tenant_place(tenant), names_of(settings, action_type)
    return any(
        not any(
            place < step.percent_of_tenants and not named.isdisjoint(step.types)
            for step in plan.rollout[: reached(settings, name, now)]
        )
        for name, plan in settings.rollouts.items()
    )


def held(settings: Snapshot, plan: str) -> bool:
    hold = settings.rollout_holds.get(plan)
    return hold is not None and hold.held


def reached(settings: Snapshot, plan: str, now: datetime) -> int:
    """How many steps have begun: each needs the one before it."""
    by_hand = settings.rollout_reached.get(plan)
    advanced = 0 if by_hand is None else by_hand.steps
    steps = settings.rollouts[plan].rollout
    for number, step in enumerate(steps):
        if not _begun(step, number, advanced, now):
            return number
    return len(steps)


def _begun(step: RolloutStep, number: int, advanced: int, now: datetime) -> bool:
    if isinstance(step.begins, str):
        return number < advanced
    return step.begins <= now


def tenant_place(tenant: TenantId) -> float:
    """Where the tenant stands among all, 0 up to 100: it never moves, so a higher percentage only
    adds. Salted, so that it says nothing of places in the canary of responses."""
    digest = hashlib.sha256(f"rollout of tenants\x1e{tenant}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 * 100


def names_of(settings: Snapshot, action_type: str) -> frozenset[str]:
    """By what a step may name the type."""
    definition = settings.definition(action_type)
    own = {action_type, EVERY_TYPE}
    return frozenset(own if definition is None else {*own, f"{CATEGORY}{definition.category}"})


def unknown_names(plan: RolloutPlan, settings: Snapshot) -> Iterator[str]:
    """Names in a plan that no definition has: a restriction its author did not mean."""
    known = {EVERY_TYPE}
    for action_type in settings.definitions:
        known |= names_of(settings, action_type)
    for step in plan.rollout:
        yield from (name for name in step.types if name not in known)
