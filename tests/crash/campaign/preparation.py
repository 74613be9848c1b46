"""Topics of eight partitions, the campaign's tenants and tools, and who may approve."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from joserfc.jwk import OKPKey

from interlock.keys import ensure_local_keys, new_key, public_jwk
from processors.signatures import signed_setting
from schemas.codec import encode_json
from schemas.events import Setting
from schemas.names import SettingKind, Topic
from streams.topic_declarations import load_topics
from streams.topics import apply as apply_topics
from streams.topics import plan
from tests.crash.campaign.tenants import HOSTED_TOOL, OWN_TOOLS, VERSION, tenants

ROOT = Path(__file__).parents[3]
PARTITIONS = 8
ANA, EVE = "ana@example.com", "eve@example.com"
TIMEOUT_MS = 8_000
"""More than the slow calls take, so that only the silent ones end unknown."""


@dataclass(frozen=True)
class Keys:
    ana: OKPKey
    """May decide for every tenant."""
    eve: OKPKey
    """May decide for a tenant that is none of ours."""


def make_topics(bootstrap: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    declared = load_topics(ROOT / "topics.yaml")
    topics = {
        name: topic if topic.partitions == 1 else replace(topic, partitions=PARTITIONS)
        for name, topic in declared.topics.items()
    }
    wanted = replace(declared, topics=topics)
    apply_topics(admin, wanted, plan(admin, wanted))


def publish_settings(bootstrap: str, state_dir: Path, own_host: str, seed: int) -> Keys:
    local = ensure_local_keys(state_dir)
    keys = Keys(local.approver.key, new_key("eve"))
    settings = [
        *_tools(own_host),
        *(
            _setting(SettingKind.TENANT, name, value)
            for name, value in tenants(seed).items()
            if value is not None
        ),
        signed_setting(_approver(keys.ana, ANA, ["*"]), local.admin),
        signed_setting(_approver(keys.eve, EVE, ["elsewhere"]), local.admin),
    ]
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    for setting in settings:
        key = f"{setting.kind.value}:{setting.key}"
        producer.produce(Topic.SETTINGS.value, value=encode_json(setting), key=key.encode())
    if producer.flush(30):
        raise RuntimeError("the settings were not delivered")
    return keys


def _tools(own_host: str) -> Iterator[Setting]:
    schema = orjson.loads((ROOT / "plugins" / "parameters" / f"{HOSTED_TOOL}.json").read_bytes())
    yield from _tool(HOSTED_TOOL, True, "low", parameters=schema)
    for name, tool in OWN_TOOLS.items():
        yield from _tool(
            name,
            tool["idempotent"],
            tool["impact"],
            parameters={"type": "object"},
            url=own_host,
            timeout_ms=TIMEOUT_MS,
        )


def _tool(name: str, idempotent: bool, impact: str, **plugin: Any) -> Iterator[Setting]:
    yield _setting(
        SettingKind.PLUGIN,
        name,
        {
            "tool": name,
            "version": VERSION,
            "risk_label": "low",
            "idempotent": idempotent,
            **plugin,
        },
    )
    yield _setting(
        SettingKind.DEFINITION,
        name,
        {
            "action_type": name,
            "name": name,
            "requires_approval": False,
            "impact_level": impact,
            "tools": [name],
        },
    )


def _approver(key: OKPKey, actor: str, tenants: list[str]) -> Setting:
    value = {
        "public_key": public_jwk(key),
        "actor": actor,
        "tenants": tenants,
        "roles": ["approver"],
    }
    return _setting(SettingKind.APPROVER, str(key.kid), value)


def _setting(kind: SettingKind, key: str, value: Mapping[str, Any]) -> Setting:
    return Setting(kind=kind, key=key, value=dict(value), actor="campaign", at=datetime.now(UTC))
