"""However large what comes in is: it is refused with a reason, or it comes to its end."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from processors.effects import LARGEST_RESULT, Answered
from schemas.events import Executed
from schemas.names import DecisionType, Topic
from schemas.states import State
from streams.envelope import largest_event
from streams.topic_declarations import load_topics
from tests.topology.chain_in_memory import STOCK, TASK, Chain, Person

TOPICS = load_topics(Path(__file__).parents[2] / "topics.yaml").topics
CHAIN = (Topic.DRAFTED, Topic.ASSESSED, Topic.APPROVED, Topic.REPORTS, Topic.EXECUTED)


def takes(topic: Topic) -> int:
    """Bytes the broker takes for one record, key and headers among them."""
    return int(TOPICS[topic.value].config["max.message.bytes"])


def test_what_a_stage_may_write_fits_its_topic() -> None:
    for topic in (*CHAIN, Topic.STATE_CHANGED):
        assert largest_event(topic) + 40_000 < takes(topic), topic


def test_every_stage_has_room_to_add_what_it_found() -> None:
    rooms = [largest_event(topic) for topic in CHAIN]
    assert rooms == sorted(rooms)
    assert rooms[1] - rooms[0] >= 20_000, "reasons, impact and facts"
    assert rooms[2] - rooms[1] >= 20_000, "an approval with its notes"
    assert rooms[3] - rooms[2] >= 3 * LARGEST_RESULT, "a result, told twice"


@pytest.mark.parametrize("size", [700_000, 880_000, 897_500])
def test_a_large_action_with_a_large_result_comes_to_its_end(chain: Chain, size: int) -> None:
    result: JsonValue = {"rows": ["x" * 99] * 10_000}
    chain.caller.tool = lambda claimed: Answered(result)
    action = chain.respond(TASK, context={"document": "x" * size})
    assert chain.states(action)[-1] is State.SUCCEEDED
    for topic in (*CHAIN, Topic.STATE_CHANGED):
        assert chain.logs[topic.value]
        for record in chain.logs[topic.value]:
            assert len(record.value or b"") <= largest_event(topic), topic
    assert not any(name.endswith(".dlq") for name, log in chain.logs.items() if log)
    [executed] = chain.events(Topic.EXECUTED)
    assert isinstance(executed, Executed)
    assert isinstance(executed.result, dict)
    assert executed.result["truncated"] is True


def test_a_large_action_a_person_decides_comes_to_its_end(chain: Chain) -> None:
    ana = Person("ana@example.com")
    chain.snapshot = replace(chain.snapshot, approvers={ana.kid: ana.approver})
    action = chain.respond(STOCK, context={"document": "x" * 897_500})
    ana.decide(chain, DecisionType.APPROVE, action, notes="á" * 4_096)
    assert chain.states(action)[-1] is State.SUCCEEDED


def test_a_response_whose_action_would_not_fit_is_refused_whole(chain: Chain) -> None:
    chain.respond(TASK, context={"document": "x" * 910_000})
    [letter] = chain.dead_letters(Topic.RESPONSES)
    assert dict(letter.headers)["__streams.errors.exception"] == b"output_too_large"
    assert chain.count(Topic.DRAFTED) == 0
    assert chain.changes == []
