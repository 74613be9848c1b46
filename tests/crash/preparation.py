"""Topics and settings for the chain under test: low-risk tasks run by themselves, for many
tenants, so that each test has one of its own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from interlock.keys import ensure_local_keys, new_key, public_jwk, write_key
from processors.signatures import signed_setting
from schemas.codec import encode_json
from schemas.events import Setting
from schemas.names import SettingKind, Topic
from streams.topic_declarations import load_topics
from streams.topics import apply as apply_topics
from streams.topics import plan

ROOT = Path(__file__).parents[2]
TENANTS = 600
TOOLS = ("create_task", "send_notification", "update_inventory", "crm-query")
NOT_REPEATABLE = frozenset({"send_notification"})
"""Declared so: the plugin host would not mind, but the chain must not rely on that."""


def apply(environment: Mapping[str, str]) -> list[str]:
    """Make the topics, publish the settings; the tenants that may be used."""
    servers = environment["KAFKA_BOOTSTRAP_SERVERS"]
    admin = AdminClient({"bootstrap.servers": servers})
    declared = load_topics(ROOT / "topics.yaml")
    apply_topics(admin, declared, plan(admin, declared))
    tenants = [f"tenant-{number}" for number in range(TENANTS)]
    keys = ensure_local_keys(Path(environment["INTERLOCK_STATE_DIR"]))
    approver = keys.approver
    elsewhere = new_key("elsewhere")
    write_key(elsewhere_key(environment), elsewhere)
    settings = [
        *(_setting(SettingKind.PLUGIN, tool, _plugin(tool)) for tool in TOOLS),
        *(_setting(SettingKind.DEFINITION, tool, _definition(tool)) for tool in TOOLS),
        *(_setting(SettingKind.TENANT, tenant, TENANT) for tenant in tenants),
        signed_setting(
            _setting(
                SettingKind.APPROVER,
                str(approver.key.kid),
                {**approver.setting.model_dump(mode="json"), "tenants": ["*"]},
            ),
            keys.admin,
        ),
        signed_setting(
            _setting(
                SettingKind.APPROVER,
                "elsewhere",
                {
                    "public_key": public_jwk(elsewhere),
                    "actor": STRANGER,
                    "tenants": ["elsewhere"],
                    "roles": ["approver"],
                },
            ),
            keys.admin,
        ),
    ]
    _publish(servers, settings)
    return tenants


def declare(servers: str, tenant: str, tool: str, url: str, *, idempotent: bool) -> None:
    """A low-risk tool of a test's own, served at `url`, and the action type of its name, which the
    tenant pre-approves. It takes any parameters. Processes hear of it a moment later."""
    plugin = {
        "tool": tool,
        "version": "1.0.0",
        "url": url,
        "parameters": {"type": "object"},
        "risk_label": "low",
        "idempotent": idempotent,
        # A test may hold an answer back for as long as it likes.
        "timeout_ms": 120_000,
    }
    _publish(
        servers,
        [
            _setting(SettingKind.PLUGIN, tool, plugin),
            _setting(SettingKind.DEFINITION, tool, _definition(tool)),
            _setting(SettingKind.TENANT, tenant, preapproving(tool)),
        ],
    )


def publish(servers: str, kind: SettingKind, key: str, value: dict[str, Any]) -> int:
    """One setting, unsigned; its version, once the broker has it."""
    return _publish(servers, [_setting(kind, key, value)])


def _publish(servers: str, settings: Sequence[Setting]) -> int:
    """The last one's version."""
    producer = Producer({"bootstrap.servers": servers, "acks": "all"})
    offsets: list[int] = []
    for setting in settings:
        producer.produce(
            Topic.SETTINGS.value,
            value=encode_json(setting),
            key=f"{setting.kind.value}:{setting.key}".encode(),
            on_delivery=lambda error, message: offsets.append(message.offset() or 0),
        )
    assert producer.flush(30) == 0
    return max(offsets)


STRANGER = "eve@example.com"
"""An approver too, of another tenant."""


def elsewhere_key(environment: Mapping[str, str]) -> Path:
    """The stranger's private key."""
    return Path(environment["INTERLOCK_STATE_DIR"]) / "keys" / "elsewhere.jwk.json"


TENANT: dict[str, Any] = {
    "automation_enabled": True,
    "approval_required": False,
    "auto_approval_threshold": 0.8,
    "canary_percentage": 1.0,
    "safety_mode": "moderate",
    "max_actions_per_hour": 100_000,
    "max_actions_per_day": 100_000,
    # No tenant has a history yet, and low-risk types run by themselves from the first on.
    "preapproved_action_types": [tool for tool in TOOLS if tool != "update_inventory"],
}


def preapproving(tool: str) -> dict[str, Any]:
    """A tenant's settings with one type more."""
    return {**TENANT, "preapproved_action_types": [*TENANT["preapproved_action_types"], tool]}


def _setting(kind: SettingKind, key: str, value: Mapping[str, Any]) -> Setting:
    return Setting(kind=kind, key=key, value=dict(value), actor="test", at=datetime.now(UTC))


def _plugin(tool: str) -> dict[str, Any]:
    schema = orjson.loads((ROOT / "plugins" / "parameters" / f"{tool}.json").read_bytes())
    return {
        "tool": tool,
        "version": "1.0.0",
        "parameters": schema,
        "risk_label": "low",
        "idempotent": tool not in NOT_REPEATABLE,
    }


def _definition(tool: str) -> dict[str, Any]:
    return {
        "action_type": tool,
        "name": tool,
        "requires_approval": False,
        "impact_level": "high" if tool == "update_inventory" else "low",
        "tools": [tool],
    }
