"""The environment as typed settings: defaults, refusals in one sentence, nothing secret shown."""

import os
from pathlib import Path

import pytest

from interlock.settings import Settings, load_settings, variable
from schemas.faults import ProcessFault
from schemas.names import SafetyMode
from schemas.settings import TenantSettings

OURS = ("KAFKA_", "INTERLOCK_", "ACTION_", "TENANT_", "DATABASE_", "SCHEMA_", "XDG_")


@pytest.fixture(autouse=True)
def _no_environment_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)


def test_the_defaults_are_the_documented_ones() -> None:
    settings = load_settings()
    assert settings.action_system_enabled is True
    assert settings.max_retry_attempts == 3
    assert settings.circuit_breaker_threshold == 5
    assert settings.circuit_breaker_timeout_s == 120
    assert settings.approval_validity_s == 3600
    assert settings.approval_sla_s == 120
    assert settings.batch_records == 500
    assert settings.run_concurrency == 32
    assert settings.plugin_host_url == "http://127.0.0.1:8970"
    assert settings.config_dir.name == "config"
    assert settings.topics_file.is_file()
    assert settings.crash_at is None


def test_an_unknown_tenant_gets_the_safe_defaults() -> None:
    assert load_settings().tenant_defaults() == TenantSettings(
        automation_enabled=False,
        approval_required=True,
        safety_mode=SafetyMode.STRICT,
        auto_approval_threshold=0.9,
        max_actions_per_hour=10,
        max_actions_per_day=50,
        canary_percentage=0.0,
    )


def test_the_environment_sets_tenants_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION_DEFAULT_SAFETY_MODE", "moderate")
    monkeypatch.setenv("TENANT_AUTO_APPROVAL_THRESHOLD", "0.75")
    monkeypatch.setenv("TENANT_MAX_ACTIONS_PER_HOUR", "7")
    monkeypatch.setenv("TENANT_MAX_ACTIONS_PER_DAY", "8")
    monkeypatch.setenv("TENANT_CANARY_PERCENTAGE", "0.25")
    tenant = load_settings().tenant_defaults()
    assert tenant.safety_mode is SafetyMode.MODERATE
    assert tenant.auto_approval_threshold == 0.75
    assert (tenant.max_actions_per_hour, tenant.max_actions_per_day) == (7, 8)
    assert tenant.canary_percentage == 0.25
    assert not tenant.automation_enabled


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("INTERLOCK_HEALTH_PORT", "http"),
        ("INTERLOCK_HEALTH_PORT", "65536"),
        ("INTERLOCK_LOG_FORMAT", "xml"),
        ("INTERLOCK_BATCH_RECORDS", "0"),
        ("INTERLOCK_APPROVAL_VALIDITY_S", str(10**15)),
        ("ACTION_SYSTEM_ENABLED", "perhaps"),
        ("ACTION_DEFAULT_SAFETY_MODE", "yolo"),
        ("ACTION_MAX_RETRY_ATTEMPTS", "0"),
        ("TENANT_CANARY_PERCENTAGE", "10"),
        ("TENANT_AUTO_APPROVAL_THRESHOLD", "-0.1"),
        ("DATABASE_URL", "mysql://root@localhost/x"),
        ("DATABASE_URL", "not a url"),
        ("SCHEMA_REGISTRY_URL", "http://registry:8081"),
    ],
)
def test_a_bad_value_is_refused_by_the_variables_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ProcessFault) as refused:
        load_settings()
    assert refused.value.code == "setting_invalid"
    assert name in refused.value.text
    assert "\n" not in refused.value.text


def test_a_refusal_does_not_repeat_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root:hunter2@localhost/x")
    with pytest.raises(ProcessFault) as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMA_REGISTRY_URL", "")
    monkeypatch.setenv("INTERLOCK_HEALTH_PORT", "")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "")
    settings = load_settings()
    assert settings.health_port == 0
    assert settings.kafka.bootstrap_servers is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_a_database_url_is_given_to_sqlalchemy_with_its_driver(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://u:p%40ss@h:5433/db?host=%2Frun")
    url = load_settings().database_url
    assert url == "postgresql+psycopg2://u:p%40ss@h:5433/db?host=%2Frun"


def test_what_is_missing_is_said_when_it_is_needed() -> None:
    settings = load_settings()
    with pytest.raises(ProcessFault, match="DATABASE_URL is not set"):
        _ = settings.database_url
    with pytest.raises(ProcessFault, match="KAFKA_BOOTSTRAP_SERVERS is not set"):
        settings.kafka.client_config()


def test_how_to_reach_kafka_becomes_the_clients_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "a:9093,b:9093")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "interlock")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "hunter2")
    monkeypatch.setenv("KAFKA_SSL_CA_LOCATION", "/etc/ca.pem")
    assert load_settings().kafka.client_config() == {
        "bootstrap.servers": "a:9093,b:9093",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "interlock",
        "sasl.password": "hunter2",
        "ssl.ca.location": "/etc/ca.pem",
    }


def test_sasl_without_a_mechanism_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    with pytest.raises(ProcessFault, match="KAFKA_SASL_MECHANISM must be set"):
        load_settings()


def test_the_description_shows_everything_but_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@h/db?sslpassword=hunter3")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "hunter4")
    monkeypatch.setenv("KAFKA_SSL_KEY_PASSWORD", "hunter5")
    text = "\n".join(load_settings().describe())
    assert "hunter" not in text
    assert "u:***@h/db" in text
    assert "KAFKA_SASL_PASSWORD = ***" in text
    assert "ACTION_MAX_RETRY_ATTEMPTS = 3" in text


def test_a_misspelled_variable_is_pointed_out() -> None:
    lines = load_settings().describe({"KAFKA_BOOTSTRAP_SERVER": "x", "PATH": "y"})
    assert lines[-1] == "KAFKA_BOOTSTRAP_SERVER is set, but nothing reads it"


def test_state_goes_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTERLOCK_STATE_DIR", str(tmp_path))
    settings = load_settings()
    assert settings.state_dir == tmp_path
    assert settings.admin_keys_file == tmp_path / "keys" / "admin.jwks.json"
    monkeypatch.setenv("INTERLOCK_ADMIN_KEYS", str(tmp_path / "mine.json"))
    assert load_settings().admin_keys_file == tmp_path / "mine.json"


def test_every_setting_is_in_the_guide() -> None:
    guide = Path(__file__).parents[2] / "docs" / "guides" / "configuration.md"
    text = guide.read_text(encoding="utf-8")
    for field in Settings.model_fields:
        if field != "kafka":
            assert f"`{variable(field)}`" in text
