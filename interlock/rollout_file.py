"""`config/rollout.yaml`: the plan of a staged rollout. Without the file there is none."""

from collections.abc import Mapping
from pathlib import Path

from interlock.yaml_files import checked, mapping, unreadable
from processors.rollout import unknown_names
from processors.snapshot import Snapshot
from schemas.rollout import RolloutPlan
from schemas.settings import ActionDefinition

FILE = Path("rollout.yaml")
PLAN = "default"
"""The name of the plan the file holds."""


def read_rollout(file: Path, definitions: Mapping[str, ActionDefinition]) -> dict[str, RolloutPlan]:
    """The plan by its name.

    Raises:
        ProcessFault: `config_unreadable`; one sentence with the file and what is wrong.
    """
    if not file.exists():
        return {}
    plan = checked(RolloutPlan, mapping(file), file, PLAN)
    if not plan.rollout:
        raise unreadable(
            file, "a plan without steps leaves everything to a person; delete the file"
        )
    for name in unknown_names(plan, Snapshot(definitions=definitions)):
        raise unreadable(file, f"no action type, `category:` or `*` is called `{name}`")
    return {PLAN: plan}
