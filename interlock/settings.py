"""The configuration of every process: environment variables, read once at start.

The names are those of the documentation (`docs/guides/configuration.md`); an empty variable
counts as unset. What operators change while everything runs is not here but on
`control.settings`.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from interlock.kafka_settings import KafkaSettings
from interlock.state_dir import state_dir as local_state_dir
from schemas.faults import ProcessFault
from schemas.names import SafetyMode
from schemas.settings import TenantSettings

_REPOSITORY = Path(__file__).resolve().parents[1]
_OURS = ("KAFKA_", "INTERLOCK_", "ACTION_", "TENANT_", "IAM_")
_NOT_READ_HERE = ("INTERLOCK_PLUGIN_", "INTERLOCK_TEST_")


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


Seconds = Annotated[int, Field(ge=1, le=31_622_400)]
"""A year at most: instants beyond the year 9999 do not exist."""


class Settings(BaseSettings):
    """One field a variable; fields without a prefix of their own are `INTERLOCK_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="INTERLOCK_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    given_database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    schema_registry_url: str | None = Field(default=None, validation_alias="SCHEMA_REGISTRY_URL")

    action_system_enabled: bool = Field(default=True, validation_alias="ACTION_SYSTEM_ENABLED")
    """Off: actions are drafted and audited, none runs."""
    default_safety_mode: SafetyMode = Field(
        default=SafetyMode.STRICT, validation_alias="ACTION_DEFAULT_SAFETY_MODE"
    )
    max_retry_attempts: int = Field(
        default=3, ge=1, le=10, validation_alias="ACTION_MAX_RETRY_ATTEMPTS"
    )
    """Attempts in all, the first one included."""
    circuit_breaker_threshold: int = Field(
        default=5, ge=1, validation_alias="ACTION_CIRCUIT_BREAKER_THRESHOLD"
    )
    circuit_breaker_timeout_s: Seconds = Field(
        default=120, validation_alias="ACTION_CIRCUIT_BREAKER_TIMEOUT"
    )
    auto_approval_threshold: float = Field(
        default=0.9, ge=0, le=1, validation_alias="TENANT_AUTO_APPROVAL_THRESHOLD"
    )
    max_actions_per_hour: int = Field(
        default=10, ge=0, validation_alias="TENANT_MAX_ACTIONS_PER_HOUR"
    )
    max_actions_per_day: int = Field(
        default=50, ge=0, validation_alias="TENANT_MAX_ACTIONS_PER_DAY"
    )
    canary_percentage: float = Field(
        default=0.0, ge=0, le=1, validation_alias="TENANT_CANARY_PERCENTAGE"
    )

    state_dir: Path = Field(default_factory=local_state_dir)
    config_dir: Path = _REPOSITORY / "config"
    topics_file: Path = _REPOSITORY / "topics.yaml"
    topics_profile: str = "local"
    """Which profile of the file this cluster has: `local` or `production`."""
    admin_keys: Path | None = None
    """A JWKS file with the public keys that sign approvers and freezes."""
    plugin_host_url: str = "http://127.0.0.1:8970"
    iam_url: str | None = Field(default=None, validation_alias="IAM_URL")
    """The permission service. None: whatever asks for a permission needs a person."""
    iam_timeout_ms: int = Field(default=300, ge=10, le=5_000, validation_alias="IAM_TIMEOUT_MS")
    """For one question; a batch's questions take three times as long together at most, or 1 s."""
    iam_cache_s: float = Field(default=5.0, ge=0, le=60, validation_alias="IAM_CACHE_S")
    """How long an answer may be used again. 0: never."""
    iam_token: SecretStr | None = Field(default=None, validation_alias="IAM_TOKEN")
    iam_token_file: Path | None = Field(default=None, validation_alias="IAM_TOKEN_FILE")
    """A file with the bearer token, read whenever it is needed; it goes before `IAM_TOKEN`."""
    health_port: int = Field(default=0, ge=0, le=65535)
    """0: any free one; the log line `started` says which."""
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.JSON
    batch_records: int = Field(default=500, ge=1, le=10_000)
    run_concurrency: int = Field(default=32, ge=1, le=1_000)
    approval_validity_s: Seconds = 3_600
    approval_sla_s: Seconds = 120
    crash_at: str | None = None
    """`<stage>.<point>` of `streams.crash_points`. For tests: the process kills itself there."""
    crash_nth: int = Field(default=1, ge=1)

    @field_validator("schema_registry_url")
    @classmethod
    def _no_registry_yet(cls, url: str | None) -> str | None:
        if url is not None:
            raise ValueError("a schema registry is not supported yet: unset SCHEMA_REGISTRY_URL")
        return url

    @field_validator("iam_url")
    @classmethod
    def _address_only(cls, url: str | None) -> str | None:
        if url is not None:
            parts = urlsplit(url)
            user = parts.username is not None
            # A port that is none raises.
            if (
                parts.scheme not in ("http", "https")
                or not parts.hostname
                or user
                or parts.port == 0
            ):
                raise ValueError("must be a URL such as https://iam.example.com, without a user")
        return url

    @field_validator("given_database_url")
    @classmethod
    def _postgresql_only(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _database(url.get_secret_value())
        return url

    @property
    def database_url(self) -> str:
        """The database as SQLAlchemy and libpq take it.

        Raises:
            ProcessFault: `DATABASE_URL` is not set.
        """
        if self.given_database_url is None:
            raise ProcessFault(
                "setting_missing",
                "DATABASE_URL is not set: name the database (a running `make run` prints "
                "its URL), or start everything with `make run`",
            )
        url = _database(self.given_database_url.get_secret_value())
        return url.render_as_string(hide_password=False)

    @property
    def admin_keys_file(self) -> Path:
        return self.admin_keys or self.state_dir / "keys" / "admin.jwks.json"

    def tenant_defaults(self) -> TenantSettings:
        """What counts for a tenant without settings: automation off, a person decides."""
        return TenantSettings(
            safety_mode=self.default_safety_mode,
            auto_approval_threshold=self.auto_approval_threshold,
            max_actions_per_hour=self.max_actions_per_hour,
            max_actions_per_day=self.max_actions_per_day,
            canary_percentage=self.canary_percentage,
        )

    def describe(self, environ: Mapping[str, str] | None = None) -> list[str]:
        """`VARIABLE = value` of everything, secrets masked; then variables nobody reads."""
        known = {name: _shown(value) for name, value in self._by_variable()}
        ignored = sorted(
            name
            for name in (os.environ if environ is None else environ)
            if name.startswith(_OURS) and name not in known and not name.startswith(_NOT_READ_HERE)
        )
        return [
            *(f"{name} = {value}" for name, value in known.items()),
            *(f"{name} is set, but nothing reads it" for name in ignored),
        ]

    def _by_variable(self) -> Iterator[tuple[str, object]]:
        for name, value in self:
            if name == "kafka":
                yield from ((f"KAFKA_{k.upper()}", v) for k, v in self.kafka)
            else:
                yield variable(name), value


def load_settings() -> Settings:
    """The settings of this process, from its environment.

    Raises:
        ProcessFault: `setting_invalid`; the text is one sentence that names the variable.
    """
    try:
        kafka = KafkaSettings()
    except ValidationError as error:
        raise _refused(error, lambda name: f"KAFKA_{name.upper()}") from None
    try:
        return Settings(kafka=kafka)
    except ValidationError as error:
        raise _refused(error, variable) from None


def variable(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    info = Settings.model_fields.get(field)
    if info is not None and isinstance(info.validation_alias, str):
        return info.validation_alias
    return f"INTERLOCK_{field.upper()}"


def _refused(error: ValidationError, named: Callable[[str], str]) -> ProcessFault:
    """The first fault as a sentence. Never the value: it may be a password."""
    first = error.errors(include_url=False, include_input=False)[0]
    text = str(first["msg"]).removeprefix("Value error, ")
    place = str(first["loc"][0]) if first["loc"] else ""
    name = place if place.isupper() else named(place) if place else ""
    sentence = text if not name or name in text else f"{name}: {text[0].lower()}{text[1:]}"
    return ProcessFault("setting_invalid", sentence)


def _database(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("must be a URL such as postgresql://user@host:5432/name") from None
    if parsed.drivername not in ("postgresql", "postgres", "postgresql+psycopg2"):
        raise ValueError("must name a PostgreSQL database: postgresql://user@host:5432/name")
    return parsed.set(drivername="postgresql+psycopg2")


def _shown(value: object) -> str:
    if value is None:
        return "(unset)"
    if not isinstance(value, SecretStr):
        return str(value.value if isinstance(value, StrEnum) else value)
    secret = value.get_secret_value()
    if "://" not in secret:
        return "***"
    url = _database(secret)
    masked = {name: "***" for name in url.query if "password" in name}
    return url.update_query_dict(masked).render_as_string(hide_password=True)
