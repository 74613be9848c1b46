"""What moving a rollout by hand would publish. Pure."""

from dataclasses import dataclass
from datetime import datetime

from interlock.config_files import Wanted, wanted
from interlock.config_plan import Difference, changes
from processors.rollout import held, reached, tenant_place
from processors.snapshot import Snapshot
from schemas.faults import ProcessFault
from schemas.names import SettingKind, TenantId
from schemas.rollout import MANUAL, RolloutHold, RolloutPlan, RolloutReached


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one plan is."""

    plan: str
    reached: int
    held: bool
    reason: str
    steps: tuple[tuple[str, float, tuple[str, ...]], ...]
    """(when it begins, percent of tenants, types)."""


def standing(settings: Snapshot, plan: str, now: datetime) -> Standing:
    """
    Raises:
        ProcessFault: `no_rollout`: no such plan is in force.
    """
    found = _plan(settings, plan)
    hold = settings.rollout_holds.get(plan)
    return Standing(
        plan,
        reached(settings, plan, now),
        held(settings, plan),
        hold.reason if hold is not None and hold.held else "",
        tuple(
            (
                step.begins if isinstance(step.begins, str) else step.begins.isoformat(),
                step.percent_of_tenants,
                tuple(step.types),
            )
            for step in found.rollout
        ),
    )


def tenants_within(settings: Snapshot, percent: float) -> list[str]:
    """The tenants with settings whose place lies below a percentage."""
    return sorted(t for t in settings.tenants if tenant_place(TenantId(t)) < percent)


def plan_advance(settings: Snapshot, plan: str, to: int | None, now: datetime) -> list[Difference]:
    """
    Args:
        to: so many steps begin; fewer than now is allowed. None: one more than have begun.

    Raises:
        ProcessFault: `no_rollout`, or `no_such_step`: it cannot be reached by hand.
    """
    steps = _plan(settings, plan).rollout
    begun = reached(settings, plan, now)
    if to is None:
        if begun == len(steps):
            raise ProcessFault("no_such_step", f"all {begun} steps have begun")
        if steps[begun].begins != MANUAL:
            text = f"step {begun + 1} begins by date, at {steps[begun].begins}; change the plan"
            raise ProcessFault("no_such_step", text)
        to = begun + 1
    if not 0 <= to <= len(steps):
        raise ProcessFault("no_such_step", f"the plan has {len(steps)} steps")
    return _changes(settings, SettingKind.ROLLOUT_REACHED, plan, RolloutReached(steps=to))


def plan_hold(settings: Snapshot, plan: str, reason: str, now: datetime) -> list[Difference]:
    """
    Raises:
        ProcessFault: `no_rollout`.
    """
    _plan(settings, plan)
    if held(settings, plan):
        return []
    hold = RolloutHold(reason=reason, since=now)
    return _changes(settings, SettingKind.ROLLOUT_HOLD, plan, hold)


def plan_resume(settings: Snapshot, plan: str, reason: str, now: datetime) -> list[Difference]:
    """
    Raises:
        ProcessFault: `no_rollout`.
    """
    _plan(settings, plan)
    if not held(settings, plan):
        return []
    lifted = RolloutHold(held=False, reason=reason, since=now)
    return _changes(settings, SettingKind.ROLLOUT_HOLD, plan, lifted)


def _changes(
    settings: Snapshot, kind: SettingKind, plan: str, value: RolloutReached | RolloutHold
) -> list[Difference]:
    wants: list[Wanted] = [wanted(kind, plan, value)]
    return changes(wants, settings)


def _plan(settings: Snapshot, plan: str) -> RolloutPlan:
    found = settings.rollouts.get(plan)
    if found is None:
        text = f"no plan `{plan}` is in force: config/rollout.yaml and `interlock config apply`"
        raise ProcessFault("no_rollout", text)
    return found
