"""`config/` published to a real control topic, signed where it must be, and seen in force."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from typer.testing import CliRunner

from interlock.cli.config import app
from interlock.config_files import Wanted, read_config, wanted
from interlock.configuration import Configuration
from interlock.keys import LocalKeys, ensure_local_keys, load_admin_keys, new_key
from interlock.settings import Settings, load_settings
from launch import wait_until
from processors.settings_log import reducer
from processors.snapshot import Snapshot
from schemas.faults import ProcessFault
from schemas.names import SettingKind, TenantId, Topic
from schemas.settings import TenantSettings
from streams import topics
from streams.control_feed import ControlFeed
from streams.local_broker import LocalBroker
from streams.topic_declarations import load_topics

CONFIG = Path(__file__).parents[2] / "config"
DEMO = TenantId("demo")
SHIPPED = 17
"""What the files hold: five tools, five types, four templates, a pack of policies, the tenant and
its approver."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of these tests' own: the control topic has one name everywhere."""
    with LocalBroker(tmp_path_factory.mktemp("config") / "broker") as broker:
        yield broker.bootstrap_servers


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, servers: str) -> Settings:
    """Of a cluster whose control topic nobody has written to."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", servers)
    monkeypatch.setenv("INTERLOCK_STATE_DIR", str(tmp_path / "state"))
    settings = load_settings()
    admin = AdminClient(settings.kafka.client_config())
    declared = load_topics(settings.topics_file)
    if Topic.SETTINGS in topics.actual_topics(admin, declared):
        admin.delete_topics([Topic.SETTINGS])[Topic.SETTINGS].result(15)
        wait_until(
            lambda: Topic.SETTINGS not in topics.actual_topics(admin, declared), 15, "it to be gone"
        )
    topics.apply(admin, declared, topics.plan(admin, declared))
    return settings


@pytest.fixture
def keys(settings: Settings) -> LocalKeys:
    return ensure_local_keys(settings.state_dir)


def demo(keys: LocalKeys) -> list[Wanted]:
    approver = keys.approver
    return [
        *read_config(CONFIG, demo=True),
        wanted(SettingKind.APPROVER, str(approver.key.kid), approver.setting),
    ]


def configuration(settings: Settings) -> Configuration:
    trusted = load_admin_keys(settings.admin_keys_file)
    return Configuration(settings.kafka.client_config(), trusted)


def test_what_is_published_is_in_force_for_everyone_and_once(
    settings: Settings, keys: LocalKeys
) -> None:
    with configuration(settings) as ours:
        found = ours.plan(demo(keys))
        assert ours.publish(found, actor="a test", admin_key=keys.admin) == len(found) == SHIPPED
        assert ours.plan(demo(keys)) == []
        version = ours.in_force.version
    with configuration(settings) as later:
        assert later.plan(demo(keys)) == []
        assert later.publish(later.plan(demo(keys)), actor="a test", admin_key=keys.admin) == 0
        assert later.in_force.version == version
        tenant = later.in_force.tenant(DEMO)
        assert tenant is not None
        assert tenant.automation_enabled
        assert set(later.in_force.approvers) == {keys.approver.key.kid}


def test_a_process_that_trusts_other_admins_takes_no_approver(
    settings: Settings, keys: LocalKeys
) -> None:
    with configuration(settings) as ours:
        ours.publish(ours.plan(demo(keys)), actor="a test", admin_key=keys.admin)
    kafka = settings.kafka.client_config()
    with ControlFeed(kafka, reducer({}), Snapshot()) as feed:
        feed.wait_loaded(30)
        assert not feed.snapshot.approvers
        assert feed.snapshot.tenant(DEMO) is not None


def test_an_approver_signed_by_nobody_trusted_is_said_not_to_count(
    settings: Settings, keys: LocalKeys
) -> None:
    with configuration(settings) as ours:
        found = ours.plan(demo(keys))
        with pytest.raises(ProcessFault, match="does not count"):
            ours.publish(found, actor="a test", admin_key=new_key())
        with pytest.raises(ProcessFault, match="must be signed"):
            ours.publish(found, actor="a test")


def test_pruning_deletes_what_no_file_says(settings: Settings, keys: LocalKeys) -> None:
    extra = wanted(SettingKind.TENANT, "acme", TenantSettings())
    with configuration(settings) as ours:
        ours.publish(ours.plan([*demo(keys), extra]), actor="a test", admin_key=keys.admin)
        assert ours.publish(ours.plan(demo(keys)), actor="a test") == 0
        assert ours.in_force.tenant(TenantId("acme")) is not None
        ours.publish(ours.plan(demo(keys), prune=True), actor="a test")
        assert ours.in_force.tenant(TenantId("acme")) is None
        # An approver is removed by a signed record, and can come back by a newer one.
        ours.publish(ours.plan([], prune=True), actor="a test", admin_key=keys.admin)
        assert not ours.in_force.approvers
        ours.publish(ours.plan(demo(keys)), actor="a test", admin_key=keys.admin)
        assert ours.in_force.approvers


def test_the_command_plans_applies_and_says_so(
    settings: Settings, keys: LocalKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = CliRunner()
    before = runner.invoke(app, ["plan", "--demo", "--json"])
    assert before.exit_code == 1
    assert len(json.loads(before.stdout)["differences"]) == SHIPPED
    done = runner.invoke(app, ["apply", "--demo", "--yes", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["settings_version"] == SHIPPED - 1
    after = runner.invoke(app, ["plan", "--demo"])
    assert after.exit_code == 0
    assert "nothing differs" in after.stdout
    changed = tmp_path / "config"
    shutil.copytree(CONFIG, changed)
    shutil.copytree(CONFIG.parent / "plugins" / "parameters", tmp_path / "plugins" / "parameters")
    tenant = changed / "tenants" / "demo.yaml"
    tenant.write_text(
        tenant.read_text().replace("max_actions_per_hour: 1000", "max_actions_per_hour: 5")
    )
    monkeypatch.setenv("INTERLOCK_CONFIG_DIR", str(changed))
    plan = runner.invoke(app, ["plan", "--demo"])
    assert plan.exit_code == 1
    assert "max_actions_per_hour: 1000 → 5" in plan.stdout
    tenant.write_text("automation_on: true")
    wrong = runner.invoke(app, ["apply", "--demo", "--yes"])
    assert wrong.exit_code == 2
    assert "automation_on" in wrong.output
