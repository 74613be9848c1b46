"""`topics.yaml` as declared, and what differs from a cluster."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.faults import ProcessFault
from schemas.names import Topic
from streams.stage import LARGEST_INPUT
from streams.topic_declarations import DAY_MS, Declared, DeclaredTopic, load_topics
from streams.topic_plan import APPLIED, ActualTopic, Change, ChangeKind, changes

FILE = Path(__file__).parents[2] / "topics.yaml"
MIB = 1024 * 1024


@pytest.fixture
def declared() -> Declared:
    return load_topics(FILE)


def as_declared(topic: DeclaredTopic) -> ActualTopic:
    config = {**topic.config, "segment.bytes": "1073741824"}
    return ActualTopic(
        topic.name, topic.partitions, topic.replication, config, frozenset(topic.config)
    )


def cluster(declared: Declared) -> dict[str, ActualTopic]:
    return {name: as_declared(topic) for name, topic in declared.topics.items()}


# --- the declarations ----------------------------------------------------------------------


def test_every_topic_is_declared_and_every_input_has_dead_letters(declared: Declared) -> None:
    inputs = set(Topic) - {Topic.SETTINGS}
    assert set(declared.topics) == {*Topic, *(topic.dlq for topic in inputs)}


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("llm.responses", 30),
        ("actions.drafted", 90),
        ("actions.assessed", 90),
        ("actions.approved", 90),
        ("actions.executed", 90),
        ("effects.reports", 90),
        ("approvals.decisions", 400),
        ("react.action.state.changed", 400),
        ("llm.responses.dlq", 30),
        ("approvals.decisions.dlq", 30),
    ],
)
def test_records_are_kept_as_long_as_documented(declared: Declared, name: str, days: int) -> None:
    assert declared.topics[name].config["retention.ms"] == str(days * DAY_MS)


def test_settings_are_one_partition_kept_forever_uncompacted(declared: Declared) -> None:
    control = declared.topics[Topic.SETTINGS]
    assert control.partitions == 1
    assert control.config["retention.ms"] == "-1"
    assert control.config["cleanup.policy"] == "delete"


def test_a_dead_letter_is_never_too_large_for_its_topic(declared: Declared) -> None:
    """Headers are kept whole: a dead letter may be about as large as the record was."""
    for topic in set(Topic) - {Topic.SETTINGS}:
        largest = int(declared.topics[topic].config["max.message.bytes"])
        assert int(declared.topics[topic.dlq].config["max.message.bytes"]) > largest


def test_a_topic_takes_more_than_its_stage_does(declared: Declared) -> None:
    """What is too large is refused with a reason, by the stage, not by the broker."""
    for topic, largest in LARGEST_INPUT.items():
        assert int(declared.topics[topic].config["max.message.bytes"]) > largest
    assert declared.topics["llm.responses"].config["max.message.bytes"] == str(12 * MIB)


def test_production_keeps_three_copies_of_which_two_are_in_sync() -> None:
    for topic in load_topics(FILE, "production").topics.values():
        assert topic.replication == 3
        assert topic.config["min.insync.replicas"] == "2"
    assert load_topics(FILE, "production").topics["control.settings"].partitions == 1


Damage = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda f: f["topics"].pop("actions.drafted"), "actions.drafted"),
        (lambda f: f["topics"]["control.settings"].update(partitions=4), "1 partition"),
        (lambda f: f["topics"]["control.settings"].update(retention="400 days"), "kept forever"),
        (
            lambda f: f["topics"]["control.settings"]["config"].update(
                {"cleanup.policy": "compact"}
            ),
            "not be compacted",
        ),
        (lambda f: f["topics"]["llm.responses"].update(retention="soon"), "soon"),
        (lambda f: f["topics"]["llm.responses"].update(partitons=3), "partitons"),
        (lambda f: f["namespaces"].remove("llm."), "namespaces"),
        (lambda f: f.pop("profiles"), "profiles"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, damage: Damage, text: str) -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    damage(content)
    wrong = tmp_path / "topics.yaml"
    wrong.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ProcessFault) as refused:
        load_topics(wrong)
    assert text in refused.value.text
    assert "\n" not in refused.value.text


def test_a_missing_file_or_profile_is_said() -> None:
    with pytest.raises(ProcessFault, match="topics_unreadable"):
        load_topics(Path("/nowhere/topics.yaml"))
    with pytest.raises(ProcessFault, match="no profile staging, but local, production"):
        load_topics(FILE, "staging")


# --- what differs --------------------------------------------------------------------------


def test_a_cluster_as_declared_differs_in_nothing(declared: Declared) -> None:
    assert changes(declared, cluster(declared)) == []


def test_an_empty_cluster_lacks_everything(declared: Declared) -> None:
    found = changes(declared, {})
    assert {change.topic for change in found} == set(declared.topics)
    assert {change.kind for change in found} == {ChangeKind.CREATE_TOPIC}


def differs(declared: Declared, **fields: Any) -> list[Change]:
    actual = cluster(declared)
    actual["llm.responses"] = replace(actual["llm.responses"], **fields)
    return changes(declared, actual)


def test_another_value_is_altered(declared: Declared) -> None:
    config = {**declared.topics["llm.responses"].config, "retention.ms": "1"}
    assert differs(declared, config=config) == [
        Change(ChangeKind.ALTER_CONFIG, "llm.responses", "retention.ms", "1", str(30 * DAY_MS))
    ]


def test_fewer_partitions_grow_only_on_request(declared: Declared) -> None:
    (found,) = differs(declared, partitions=2)
    assert found.kind is ChangeKind.GROW_PARTITIONS
    assert found.kind not in APPLIED
    assert "drain" in found.sentence


def test_more_partitions_are_drift(declared: Declared) -> None:
    (found,) = differs(declared, partitions=9)
    assert found.kind is ChangeKind.TOO_MANY_PARTITIONS
    assert "cannot shrink" in found.sentence


def test_another_replication_is_drift_and_nothing_that_would_stop_writes_is_set() -> None:
    production = load_topics(FILE, "production")
    local = cluster(load_topics(FILE, "local"))
    found = [change for change in changes(production, local) if change.kind in APPLIED]
    assert found == []


def test_an_undeclared_config_is_drift(declared: Declared) -> None:
    there = as_declared(declared.topics["llm.responses"])
    (found,) = differs(declared, set_here=there.set_here | {"segment.bytes"})
    assert found.kind is ChangeKind.UNDECLARED_CONFIG
    assert found.name == "segment.bytes"


def test_an_undeclared_topic_is_drift_only_under_our_names(declared: Declared) -> None:
    actual = cluster(declared)
    for name in ("actions.old", "orders", "__consumer_offsets"):
        actual[name] = ActualTopic(name, 1, 1, {})
    assert changes(declared, actual) == [Change(ChangeKind.UNKNOWN_TOPIC, "actions.old")]
