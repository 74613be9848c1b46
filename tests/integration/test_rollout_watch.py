"""A staged rollout on a real cluster: held by what fails, and advanced by hand."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from typer.testing import CliRunner

from interlock.cli.rollout import app
from interlock.config_files import wanted
from interlock.configuration import Configuration
from interlock.keys import ensure_local_keys
from interlock.rollout_plan import plan_resume
from interlock.rollout_watch import RolloutWatch
from interlock.settings import Settings, load_settings
from launch import wait_until
from processors.rollout import held
from processors.settings_log import reducer
from processors.snapshot import Snapshot
from schemas.codec import decode_as, encode
from schemas.events import Executed, Setting
from schemas.names import ExecutionStatus, SettingKind, Topic
from schemas.rollout import RolloutPlan
from streams import clients, topics
from streams.control_feed import ControlFeed
from streams.health import Health
from streams.local_broker import LocalBroker
from streams.topic_declarations import load_topics
from tests.stories import Story, ends_well

EXECUTED = next(e for e in ends_well(Story()).events if isinstance(e, Executed))
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
BY_DATE = RolloutPlan.model_validate(
    {"rollout": [{"from": YESTERDAY, "percent_of_tenants": 100, "types": ["*"]}]}
)
BY_HAND = RolloutPlan.model_validate(
    {"rollout": [{"from": "manual", "percent_of_tenants": 100, "types": ["*"]}]}
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Of a cluster of the test's own, with every topic."""
    with LocalBroker(tmp_path / "broker") as broker:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrap_servers)
        monkeypatch.setenv("INTERLOCK_STATE_DIR", str(tmp_path / "state"))
        settings = load_settings()
        admin = AdminClient(settings.kafka.client_config())
        declared = load_topics(settings.topics_file)
        topics.apply(admin, declared, topics.plan(admin, declared))
        yield settings


def publish(settings: Settings, plan: RolloutPlan) -> None:
    with Configuration(settings.kafka.client_config(), {}) as ours:
        ours.publish(ours.plan([wanted(SettingKind.ROLLOUT, "default", plan)]), actor="a test")


def executions(
    settings: Settings, count: int, status: ExecutionStatus, at: datetime | None = None
) -> None:
    """So many, of tenants on several partitions."""
    producer = Producer(clients.producer(settings.kafka.client_config()))
    for n in range(count):
        changes = {"status": status, "finished_at": at or datetime.now(UTC), "tenant_id": f"t{n}"}
        event = EXECUTED.model_copy(update=changes)
        producer.produce(
            Topic.EXECUTED.value,
            encode(event),
            f"t{n}",
            headers=[("ce_id", str(uuid.uuid4()).encode())],
        )
    assert producer.flush(15) == 0


@contextmanager
def watching(settings: Settings) -> Iterator[ControlFeed[Snapshot]]:
    """The loop as `observe` runs it; the feed it looks at."""
    kafka = settings.kafka.client_config()
    stopping, health = threading.Event(), Health()
    with ExitStack() as stack:
        feed = stack.enter_context(ControlFeed(kafka, reducer({}), Snapshot()))
        feed.wait_loaded(30)
        watch = RolloutWatch(kafka, feed, health)
        thread = threading.Thread(target=watch.run, args=(stopping,))
        thread.start()
        try:
            wait_until(lambda: health.waiting is None, 30, "the watch to run")
            yield feed
        finally:
            stopping.set()
            thread.join(30)
            assert not thread.is_alive()


def holds(settings: Settings) -> list[Setting]:
    """Every record of a hold there ever was."""
    consumer = Consumer({**settings.kafka.client_config(), "group.id": uuid.uuid4().hex})
    partition = TopicPartition(Topic.SETTINGS.value, 0, OFFSET_BEGINNING)
    end = consumer.get_watermark_offsets(partition, 15)
    assert end is not None
    consumer.assign([partition])
    found: list[Setting] = []
    reached = 0
    while reached < end[1]:
        for message in consumer.consume(100, 1.0):
            value = message.value()
            assert isinstance(value, bytes)
            found.append(decode_as(Setting, value))
            reached = (message.offset() or 0) + 1
    consumer.close()
    return [setting for setting in found if setting.kind is SettingKind.ROLLOUT_HOLD]


def until_held(feed: ControlFeed[Snapshot]) -> None:
    wait_until(lambda: held(feed.snapshot, "default"), 30, "the plan to be held")


def test_what_fails_holds_the_plan_once_and_again_only_after_it_was_lifted(
    settings: Settings,
) -> None:
    publish(settings, BY_DATE)
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    with watching(settings) as feed:
        executions(settings, 12, ExecutionStatus.FAILED, earlier)
        until_held(feed)
    (hold,) = holds(settings)
    assert hold.actor == "interlock observe"
    assert "create_task: " in str((hold.value or {})["reason"])
    # Started afresh it reads the same failures again, and has nothing to add.
    with watching(settings) as feed:
        executions(settings, 12, ExecutionStatus.FAILED, earlier)
        with Configuration(settings.kafka.client_config(), {}) as ours:
            now = datetime.now(UTC)
            ours.publish(plan_resume(ours.in_force, "default", "mended", now), actor="a test")
        wait_until(lambda: not held(feed.snapshot, "default"), 30, "the hold to be lifted")
        failed = 0

        def another_fails_and_it_is_held() -> bool:
            nonlocal failed
            failed += 1
            executions(settings, 1, ExecutionStatus.FAILED)
            return held(feed.snapshot, "default")

        wait_until(another_fails_and_it_is_held, 60, "the plan to be held again")
    assert failed >= BY_DATE.hold.least
    assert [(s.value or {})["held"] for s in holds(settings)] == [True, False, True]


def test_what_failed_before_there_was_a_plan_is_found(settings: Settings) -> None:
    executions(settings, 40, ExecutionStatus.SUCCEEDED)
    executions(settings, 10, ExecutionStatus.UNKNOWN)
    with watching(settings) as feed:
        publish(settings, BY_DATE)
        until_held(feed)
    assert "10 of 50 failed" in str((holds(settings)[0].value or {})["reason"])


def test_two_instances_hold_it_as_one_would(settings: Settings) -> None:
    publish(settings, BY_DATE)
    executions(settings, 12, ExecutionStatus.FAILED)
    with watching(settings) as one, watching(settings) as other:
        until_held(one)
        until_held(other)
    assert {(s.value or {})["held"] for s in holds(settings)} == {True}
    assert len(holds(settings)) <= 2


def test_the_command_advances_holds_and_resumes_with_a_plan_first(settings: Settings) -> None:
    runner = CliRunner()
    ensure_local_keys(settings.state_dir)
    publish(settings, BY_HAND)

    def said(*words: str, code: int = 0) -> dict[str, object]:
        done = runner.invoke(app, [*words, "--json"])
        assert done.exit_code == code, done.output
        found: dict[str, object] = json.loads(done.stdout)
        return found

    assert said("status")["reached"] == 0
    assert said("advance", code=1)["published"] is False
    assert said("status")["reached"] == 0
    assert said("advance", "--yes")["published"] is True
    assert said("status")["reached"] == 1
    assert said("hold", "--reason", "alert 17", code=1)["ok"] is False
    said("hold", "--reason", "alert 17", "--yes")
    standing = said("status", code=1)
    assert (standing["held"], standing["reason"]) == (True, "alert 17")
    said("resume", "--reason", "mended", "--yes")
    assert said("status")["held"] is False
    text = runner.invoke(app, ["status"]).stdout
    assert "* 1  from manual  100 % (0 tenants)  *" in text
    assert "1 of 1 steps have begun" in text
    gone = runner.invoke(app, ["status", "--plan", "other"])
    assert gone.exit_code == 1
    assert "no plan `other` is in force" in gone.output
