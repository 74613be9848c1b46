"""`topics.yaml` on a real cluster: applied, drifted, applied again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)
from typer.testing import CliRunner

from interlock.cli.topics import app
from launch import wait_until
from schemas.faults import PassingFault, ProcessFault
from schemas.names import Topic
from streams import topics
from streams.local_broker import LocalBroker
from streams.topic_declarations import Declared, load_topics
from streams.topic_plan import ChangeKind

FILE = Path(__file__).parents[2] / "topics.yaml"
RESPONSES = "llm.responses"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of these tests' own: they change its topics."""
    with LocalBroker(tmp_path_factory.mktemp("topics") / "broker") as broker:
        yield broker.bootstrap_servers


@pytest.fixture(scope="module")
def declared() -> Declared:
    return load_topics(FILE)


@pytest.fixture(scope="module")
def admin(servers: str, declared: Declared) -> AdminClient:
    """With every topic in place."""
    admin = AdminClient({"bootstrap.servers": servers})
    topics.apply(admin, declared, topics.plan(admin, declared))
    return admin


def kinds(admin: AdminClient, declared: Declared) -> set[tuple[ChangeKind, str]]:
    return {(change.kind, change.topic) for change in topics.plan(admin, declared)}


def set_config(admin: AdminClient, topic: str, name: str, value: str | None) -> None:
    operation = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
    entry = ConfigEntry(name, value or "", incremental_operation=operation)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(15)


def test_an_applied_cluster_is_as_declared(admin: AdminClient, declared: Declared) -> None:
    assert topics.plan(admin, declared) == []
    there = topics.actual_topics(admin, declared)
    assert set(there) == set(declared.topics)
    assert there[Topic.SETTINGS].partitions == 1
    assert there[RESPONSES].config["max.message.bytes"] == str(12 * 1024 * 1024)


def test_applying_again_does_nothing(admin: AdminClient, declared: Declared) -> None:
    assert topics.apply(admin, declared, topics.plan(admin, declared)) == []


def test_a_changed_config_is_seen_and_set_back(admin: AdminClient, declared: Declared) -> None:
    set_config(admin, RESPONSES, "retention.ms", "1000")
    altered = (ChangeKind.ALTER_CONFIG, RESPONSES)
    wait_until(lambda: altered in kinds(admin, declared), 10, "the change to be seen")
    topics.apply(admin, declared, topics.plan(admin, declared))
    assert altered not in kinds(admin, declared)


def test_what_is_not_declared_is_reported_and_left_alone(
    admin: AdminClient, declared: Declared
) -> None:
    set_config(admin, RESPONSES, "segment.ms", "600000")
    for name in ("actions.old", "somebody.elses"):
        admin.create_topics([NewTopic(name, 1, 1)])[name].result(15)
    drift = {(ChangeKind.UNDECLARED_CONFIG, RESPONSES), (ChangeKind.UNKNOWN_TOPIC, "actions.old")}
    wait_until(lambda: drift <= kinds(admin, declared), 10, "the drift to be seen")
    topics.apply(admin, declared, topics.plan(admin, declared))
    assert kinds(admin, declared) == drift
    set_config(admin, RESPONSES, "segment.ms", None)
    admin.delete_topics(["actions.old"])["actions.old"].result(15)
    wait_until(lambda: not kinds(admin, declared), 10, "the drift to be gone")


def test_partitions_grow_on_request_only(
    admin: AdminClient, tmp_path: Path, declared: Declared
) -> None:
    wider = tmp_path / "topics.yaml"
    text = FILE.read_text(encoding="utf-8")
    wider.write_text(
        text.replace("  partitions: 1\n  retention: 30", "  partitions: 2\n  retention: 30")
    )
    more = load_topics(wider)
    planned = topics.plan(admin, more)
    assert {change.kind for change in planned} == {ChangeKind.GROW_PARTITIONS}
    assert topics.apply(admin, more, planned) == []
    assert len(topics.apply(admin, more, planned, grow_partitions=True)) == len(planned)
    # The way back does not exist.
    kinds_left = {change.kind for change in topics.plan(admin, declared)}
    assert kinds_left == {ChangeKind.TOO_MANY_PARTITIONS}


def test_on_an_empty_cluster_the_command_plans_applies_and_says_so(tmp_path: Path) -> None:
    runner = CliRunner()
    with LocalBroker(tmp_path / "broker") as broker:
        admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
        production = load_topics(FILE, "production")
        with pytest.raises(ProcessFault, match="topics_refused"):  # three copies, one broker
            topics.apply(admin, production, topics.plan(admin, production))
        to = ["--bootstrap-servers", broker.bootstrap_servers, "--json"]
        before = runner.invoke(app, ["plan", *to])
        assert before.exit_code == 1
        assert len(json.loads(before.stdout)["left"]) == 17
        shown = runner.invoke(app, ["apply", *to])
        assert shown.exit_code == 1
        assert json.loads(shown.stdout)["done"] == []
        done = runner.invoke(app, ["apply", "--yes", *to])
        assert done.exit_code == 0
        assert len(json.loads(done.stdout)["done"]) == 17
        after = runner.invoke(app, ["plan", *to])
        assert after.exit_code == 0
        assert json.loads(after.stdout) == {"ok": True, "done": [], "left": []}
        usage = runner.invoke(app, ["plan", "--profile", "nope", *to])
        assert usage.exit_code == 2


def test_a_cluster_that_is_away_is_a_fault_that_passes(declared: Declared) -> None:
    nobody = AdminClient({"bootstrap.servers": "127.0.0.1:1", "log_level": 2})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topics, "TIMEOUT_S", 1.0)
        with pytest.raises(PassingFault, match="kafka_unavailable"):
            topics.plan(nobody, declared)
