"""What `docs/guides/schemas.md` shows, works."""

import re
from pathlib import Path

from schemas import careful, codec, edges, jsontext
from schemas.codec import decode
from schemas.events import Decision, LlmResponse, Setting
from schemas.names import Topic
from schemas.registry import MODELS, WRITTEN_BY_OTHERS

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "schemas.md").read_text()


def test_the_smallest_records_it_shows_are_taken() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    topics = (Topic.RESPONSES, Topic.DECISIONS, Topic.SETTINGS)
    events = [
        decode(topic, line.encode()) for topic, line in zip(topics, block.splitlines(), strict=True)
    ]
    assert [type(event) for event in events] == [LlmResponse, Decision, Setting]


def test_its_table_of_topics_is_the_registry() -> None:
    rows = re.findall(r"^\| `([a-z.]+)`.* \| `([A-Za-z]+)` \|( yes)? *\|$", GUIDE, re.MULTILINE)
    assert {Topic(topic): model for topic, model, _ in rows} == {
        topic: model.__name__ for topic, model in MODELS.items()
    }
    assert {model for _, model, json in rows if json} == {
        model.__name__ for model in WRITTEN_BY_OTHERS
    }


def test_its_table_of_codes_has_every_code_of_decoding() -> None:
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", GUIDE, re.MULTILINE))))
    raised = {
        code
        for module in (careful, codec, edges, jsontext)
        for code in re.findall(r'RecordFault\("(\w+)"', Path(str(module.__file__)).read_text())
    }
    assert raised - {"bad_text"} <= told
