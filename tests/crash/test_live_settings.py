"""Settings and policies published while the chain runs decide what comes within a second."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from schemas.codec import decode
from schemas.events import Assessed
from schemas.names import SettingKind, Topic, Verdict
from tests.crash.chain import Chain, response, task
from tests.crash.preparation import TENANT, publish

LIVE = timedelta(seconds=1)
RULE = {"name": "no-tasks", "when": "action.type == 'create_task'", "effect": "deny"}


class Verdicts:
    """What is assessed from now on."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.consumer = Consumer(
            {
                "bootstrap.servers": chain.bootstrap,
                "group.id": "live-settings",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
            }
        )
        topic = Topic.ASSESSED.value
        numbers = self.consumer.list_topics(topic, timeout=10).topics[topic].partitions
        places = [TopicPartition(topic, number) for number in numbers]
        for place in places:
            place.offset = self.consumer.get_watermark_offsets(place, timeout=10)[1]
        self.consumer.assign(places)

    def of_a_new_task(self, tenant: str) -> Assessed:
        self.chain.publish(Topic.RESPONSES, [response(tenant, [task()])])
        while True:
            message = self.consumer.poll(30)
            assert message is not None, f"no verdict: {self.chain.log_tail()}"
            assert message.error() is None
            if message.key() == tenant.encode():
                event = decode(Topic.ASSESSED, message.value())
                assert isinstance(event, Assessed)
                return event


@pytest.mark.parametrize(
    ("kind", "value", "verdict", "code"),
    [
        (
            SettingKind.TENANT,
            {**TENANT, "automation_enabled": False},
            Verdict.NEEDS_APPROVAL,
            "automation_off",
        ),
        (SettingKind.POLICY, {"version": "1", "rules": [RULE]}, Verdict.DENY, "policy"),
    ],
    ids=["tenant", "policy"],
)
def test_what_is_published_decides_within_a_second(
    chain: Chain, kind: SettingKind, value: dict[str, Any], verdict: Verdict, code: str
) -> None:
    tenant = chain.new_tenant()
    verdicts = Verdicts(chain)
    try:
        assert verdicts.of_a_new_task(tenant).verdict is Verdict.AUTO_APPROVE
        if kind is SettingKind.POLICY:
            value = {**value, "rules": [{**RULE, "tenants": [tenant]}]}
        key = tenant if kind is SettingKind.TENANT else "live"
        version = publish(chain.bootstrap, kind, key, value)
        known = datetime.now(UTC)
        while (event := verdicts.of_a_new_task(tenant)).facts.settings_version < version:
            assert event.verdict is Verdict.AUTO_APPROVE
        print(f"{kind.value}: {(event.facts.now - known) / timedelta(milliseconds=1):.0f} ms")
        assert event.facts.now - known < LIVE
        assert (event.verdict, event.reasons[0].code) == (verdict, code)
        if kind is SettingKind.POLICY:
            assert event.facts.policy_version == "live@1"
            assert event.reasons[0].rule == "live/no-tasks"
    finally:
        verdicts.consumer.close()
