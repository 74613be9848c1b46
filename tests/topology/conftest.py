"""The chain in memory, with the demo tenant's settings."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from interlock.settings import Settings
from processors.snapshot import Snapshot
from schemas.names import RiskLevel, SafetyMode
from schemas.settings import ActionDefinition, PluginSpec, TenantSettings
from schemas.working import HISTORIES, HistoryRow
from tests.topology.chain_in_memory import TENANT, Chain

PARAMETERS = Path(__file__).parents[2] / "plugins" / "parameters"


def plugin(tool: str, **changes: Any) -> PluginSpec:
    schema = orjson.loads((PARAMETERS / f"{tool}.json").read_bytes())
    return PluginSpec(
        **{
            "tool": tool,
            "version": "1.0.0",
            "parameters": schema,
            "risk_label": RiskLevel.LOW,
            "idempotent": True,
            **changes,
        }
    )


def definition(action_type: str, level: RiskLevel = RiskLevel.LOW) -> ActionDefinition:
    return ActionDefinition(
        action_type=action_type,
        name=action_type,
        requires_approval=False,
        impact_level=level,
        tools=[action_type],
    )


@pytest.fixture
def snapshot() -> Snapshot:
    """Tenant `demo`: automation on, moderate; low-risk types run by themselves."""
    definitions = {
        "create_task": definition("create_task"),
        "send_notification": definition("send_notification"),
        "update_inventory": definition("update_inventory", RiskLevel.HIGH),
    }
    return Snapshot(
        version=41,
        tenants={
            "demo": TenantSettings(
                automation_enabled=True,
                approval_required=False,
                auto_approval_threshold=0.8,
                canary_percentage=1.0,
                safety_mode=SafetyMode.MODERATE,
            )
        },
        definitions=definitions,
        plugins={name: plugin(name) for name in definitions},
    )


@pytest.fixture
def chain(snapshot: Snapshot) -> Chain:
    """The tenant has seen every type succeed; what a first time is, `test_history` says."""
    chain = Chain(Settings(), snapshot)
    for action_type in snapshot.definitions:
        row = HistoryRow(TENANT, action_type, succeeded=1)
        chain.store.rows(HISTORIES)[TENANT, action_type] = row
    return chain


@pytest.fixture
def changed() -> Callable[..., Snapshot]:
    """`changed(snapshot, field=…)`: the snapshot with fields of the demo tenant replaced."""

    def change(snapshot: Snapshot, **fields: Any) -> Snapshot:
        tenant = snapshot.tenants["demo"].model_copy(update=fields)
        return replace(snapshot, tenants={**snapshot.tenants, "demo": tenant})

    return change
