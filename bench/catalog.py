"""What `control.settings` says in a benchmark: one low-risk tool, tenants whose actions run by
themselves, limits out of reach."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from confluent_kafka import Producer

from bench.services import ROOT
from schemas.codec import encode_json
from schemas.events import Setting
from schemas.names import SettingKind, Topic
from schemas.settings import Transport

TOOL = "create_task"
_UNREACHED = 1_000_000_000


def publish_settings(
    bootstrap: str,
    tenants: Sequence[str],
    transport: Transport = Transport.IN_PROCESS,
    url: str | None = None,
    bulkhead: int = 1_000,
) -> None:
    """`url`: where the tool is served; None over HTTP means the plugin host."""
    plugin = {
        "tool": TOOL,
        "version": "1.0.0",
        "transport": transport.value,
        "url": url,
        "parameters": orjson.loads((ROOT / "plugins/parameters" / f"{TOOL}.json").read_bytes()),
        "risk_label": "low",
        "idempotent": True,
        # Under load a call may queue for long; an unanswered one would need a person.
        "timeout_ms": 120_000,
        "bulkhead": bulkhead,
    }
    definition = {
        "action_type": TOOL,
        "name": TOOL,
        "requires_approval": False,
        "impact_level": "low",
        "tools": [TOOL],
    }
    tenant = {
        "automation_enabled": True,
        "approval_required": False,
        "auto_approval_threshold": 0.8,
        "canary_percentage": 1.0,
        "safety_mode": "moderate",
        "max_actions_per_hour": _UNREACHED,
        "max_actions_per_day": _UNREACHED,
        "preapproved_action_types": [TOOL],
    }
    settings = [
        _setting(SettingKind.PLUGIN, TOOL, plugin),
        _setting(SettingKind.DEFINITION, TOOL, definition),
        *(_setting(SettingKind.TENANT, name, tenant) for name in tenants),
    ]
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    for setting in settings:
        key = f"{setting.kind.value}:{setting.key}"
        producer.produce(Topic.SETTINGS.value, value=encode_json(setting), key=key.encode())
    assert producer.flush(30) == 0


def _setting(kind: SettingKind, key: str, value: dict[str, Any]) -> Setting:
    return Setting(kind=kind, key=key, value=value, actor="bench", at=datetime.now(UTC))
