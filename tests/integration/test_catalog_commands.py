"""`interlock catalog` against a real control topic, with sources over real HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from typer.testing import CliRunner, Result

from interlock.cli.catalog import app as catalog
from interlock.cli.config import app as config
from interlock.keys import load_admin_keys
from interlock.settings import Settings, load_settings
from launch import wait_until
from processors.settings_log import reducer
from processors.snapshot import Snapshot
from schemas.names import RiskLevel
from streams import topics
from streams.control_feed import ControlFeed
from streams.local_broker import LocalBroker
from streams.topic_declarations import load_topics
from tests.catalog_servers import McpServer, answers, serving

CREATE_TASK = {
    "tool": "create_task",
    "version": "9.0.0",
    "risk": "high",
    "risk_labelled_at": "2026-11-21T00:00:01Z",
    "parameters": {},
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Of a cluster of the test's own, with the shipped configuration in force."""
    with LocalBroker(tmp_path / "broker") as broker:
        monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrap_servers)
        monkeypatch.setenv("INTERLOCK_STATE_DIR", str(tmp_path / "state"))
        settings = load_settings()
        admin = AdminClient(settings.kafka.client_config())
        declared = load_topics(settings.topics_file)
        topics.apply(admin, declared, topics.plan(admin, declared))
        assert CliRunner().invoke(config, ["apply", "--demo", "--yes"]).exit_code == 0
        yield settings


@pytest.fixture
def feed(settings: Settings) -> Iterator[ControlFeed[Snapshot]]:
    """What a stage follows while the commands run."""
    admins = load_admin_keys(settings.admin_keys_file)
    with ControlFeed(settings.kafka.client_config(), reducer(admins), Snapshot()) as feed:
        feed.wait_loaded(30)
        yield feed


def run(*arguments: str) -> Result:
    return CliRunner().invoke(catalog, list(arguments))


def test_another_catalog_is_planned_published_followed_and_taken_off(
    feed: ControlFeed[Snapshot],
) -> None:
    before = feed.snapshot.version
    tools = [{"name": "weather", "description": "\x1b[2J", "inputSchema": {"type": "object"}}]
    with serving(McpServer(tools, streams=True)) as url:
        command = ["sync", f"{url}/mcp", "--kind", "mcp"]
        plan = run(*command)
        assert plan.exit_code == 1
        assert "+ label weather" in plan.stdout
        assert "nothing was published" in plan.stdout
        assert "\x1b" not in plan.stdout
        done = run(*command, "--yes", "--json")
        assert done.exit_code == 0
        assert json.loads(done.stdout)["settings_version"] == before + 2
        wait_until(lambda: "weather" in feed.snapshot.plugins, 15, "the entry to be seen")
        again = run(*command)
        assert again.exit_code == 0
        assert "nothing differs" in again.stdout
    weather = feed.snapshot.plugins["weather"]
    assert (weather.tenants, weather.risk_label, weather.idempotent) == ([], RiskLevel.HIGH, False)
    assert weather.source == f"{url}/mcp"

    pruned = CliRunner().invoke(config, ["plan", "--demo", "--prune"])
    assert pruned.exit_code == 0
    assert f"plugin weather came from {url}/mcp; --prune leaves it" in pruned.stdout

    checked = run("check", "--live", "--json")
    assert checked.exit_code == 1
    found = [(f["code"], f["subject"]) for f in json.loads(checked.stdout)["findings"]]
    assert found == [("contact_missing", "weather"), ("tool_unused", "weather")]

    shown = run("unbind", "weather", "--label")
    assert shown.exit_code == 1
    assert "- label weather" in shown.stdout
    assert run("unbind", "weather", "--label", "--yes").exit_code == 0
    wait_until(lambda: not feed.snapshot.labels, 15, "the label to be gone")


def test_labels_of_a_source_make_entries_by_hand_stale_and_nothing_else(
    feed: ControlFeed[Snapshot],
) -> None:
    before = feed.snapshot.plugins
    with serving(answers({"tools": [CREATE_TASK]})) as url:
        refused = run("sync", url, "--yes")
        assert refused.exit_code == 1
        assert "create_task is refused: it was written by hand" in refused.stdout
        assert run("sync", url, "--labels", "--yes").exit_code == 0
    wait_until(lambda: "create_task" in feed.snapshot.labels, 15, "the label to be seen")
    assert feed.snapshot.plugins == before
    stale = run("check", "--live")
    assert stale.exit_code == 1
    assert "label_stale" in stale.stdout
    taken = run("unbind", "create_task", "--permission", "tasks:create", "--yes")
    assert taken.exit_code == 0
    assert "change it there too" in taken.stdout
    wrong = run("unbind", "create_task", "--permission", "tasks:create", "--yes")
    assert wrong.exit_code == 1
    assert "does not ask for" in wrong.output


def test_a_source_that_cannot_be_read_publishes_nothing(feed: ControlFeed[Snapshot]) -> None:
    before = feed.snapshot.version
    with serving(answers({}, 302, Location="http://127.0.0.1:9/")) as url:
        assert run("sync", url, "--yes").exit_code == 1
    assert run("sync", url, "--yes").exit_code == 1
    assert run("check", "--live").exit_code == 0
    assert feed.snapshot.version == before
