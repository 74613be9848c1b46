"""A source's word about a tool changes the next verdict, without a restart."""

from datetime import timedelta

import pytest

from interlock.catalog.offer import Offer, Offered
from interlock.catalog.sync import Choice, plan_sync
from interlock.catalog.unbind import Unbinding, plan_unbind
from interlock.config_plan import Difference
from processors.settings_log import reducer
from schemas.codec import encode
from schemas.events import Assessed, JsonObject, Setting
from schemas.names import RiskLevel, Topic
from schemas.records import Coordinates, Record
from schemas.states import State
from tests.topology.chain_in_memory import TASK, Chain

SOURCE = "http://tools.example.com"


def follow(chain: Chain, *published: Difference) -> None:
    """The records as a stage's feed takes them."""
    start = chain.snapshot.version + 1
    records = [
        Record(
            Coordinates(Topic.SETTINGS, 0, offset),
            f"{d.kind}:{d.key}".encode(),
            encode(Setting(kind=d.kind, key=d.key, value=d.value, actor="ops", at=chain.clock())),
        )
        for offset, d in enumerate(published, start)
    ]
    chain.snapshot = reducer({})(chain.snapshot, records)


def offers(chain: Chain, risk: RiskLevel) -> Offered:
    known = chain.snapshot.plugins["create_task"]
    at = chain.clock() - timedelta(minutes=1)
    return Offered((Offer("create_task", known.version, known.parameters, risk, at),))


def last_verdict(chain: Chain) -> Assessed:
    event = chain.events(Topic.ASSESSED)[-1]
    assert isinstance(event, Assessed)
    return event


@pytest.mark.parametrize(
    ("said", "counts"), [(RiskLevel.LOW, RiskLevel.MEDIUM), (RiskLevel.HIGH, RiskLevel.CRITICAL)]
)
def test_a_label_from_a_source_counts_for_the_next_action(
    chain: Chain, said: RiskLevel, counts: RiskLevel
) -> None:
    before = chain.respond(TASK)
    assert chain.states(before)[-1] is State.SUCCEEDED
    found = plan_sync(
        chain.snapshot, offers(chain, said), SOURCE, chain.clock(), Choice(labels_only=True)
    )
    follow(chain, *found.differences)
    action = chain.respond(TASK)
    assert chain.states(action)[-1] is State.PENDING_APPROVAL
    assessed = last_verdict(chain)
    assert {reason.code for reason in assessed.reasons} == {"label_stale", "not_safe_enough"}
    assert assessed.impact.risk_level is counts
    assert assessed.facts.settings_version == chain.snapshot.version

    follow(chain, *plan_unbind(chain.snapshot, "create_task", Unbinding(label=True)))
    assert chain.states(chain.respond(TASK))[-1] is State.SUCCEEDED


def test_a_tool_that_a_source_offers_runs_for_nobody_until_a_person_says_otherwise(
    chain: Chain,
) -> None:
    offer = Offer("weather", "1.0.0", {}, RiskLevel.LOW, chain.clock())
    found = plan_sync(chain.snapshot, Offered((offer,)), SOURCE, chain.clock(), Choice())
    follow(chain, *found.differences)
    ask: JsonObject = {"action_type": "weather", "parameters": {}, "confidence": 0.99}
    assert chain.states(chain.respond(ask))[-1] is State.MANUAL
    codes = {reason.code for reason in last_verdict(chain).reasons}
    assert codes >= {"tenant_not_entitled", "type_undefined"}
