"""How to reach Kafka: `KAFKA_*` of the environment as librdkafka's settings."""

from enum import StrEnum

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.faults import ProcessFault

ClientConfig = dict[str, str | int | float | bool]


class SecurityProtocol(StrEnum):
    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"


class KafkaSettings(BaseSettings):
    """Each field is the variable `KAFKA_<NAME>` and librdkafka's `<name>` with dots.

    Everything about throughput and correctness is Interlock's own (`streams.clients`); only
    the way to the brokers is the operator's.
    """

    model_config = SettingsConfigDict(
        env_prefix="KAFKA_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    bootstrap_servers: str | None = None
    """Unset: local mode, where whoever starts the processes sets it for them."""
    security_protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    sasl_oauthbearer_method: str | None = None
    sasl_oauthbearer_client_id: str | None = None
    sasl_oauthbearer_client_secret: SecretStr | None = None
    sasl_oauthbearer_token_endpoint_url: str | None = None
    sasl_oauthbearer_scope: str | None = None
    ssl_ca_location: str | None = None
    ssl_certificate_location: str | None = None
    ssl_key_location: str | None = None
    ssl_key_password: SecretStr | None = None
    ssl_endpoint_identification_algorithm: str | None = None
    socket_connection_setup_timeout_ms: int | None = Field(default=None, ge=1000)

    @model_validator(mode="after")
    def _sasl_needs_a_mechanism(self) -> "KafkaSettings":
        if self.security_protocol.startswith("SASL") and self.sasl_mechanism is None:
            raise ValueError(
                f"KAFKA_SASL_MECHANISM must be set for KAFKA_SECURITY_PROTOCOL="
                f"{self.security_protocol.value}"
            )
        return self

    def client_config(self) -> ClientConfig:
        """What every Kafka client of ours starts from.

        Raises:
            ProcessFault: `KAFKA_BOOTSTRAP_SERVERS` is not set.
        """
        if self.bootstrap_servers is None:
            raise ProcessFault(
                "setting_missing",
                "KAFKA_BOOTSTRAP_SERVERS is not set: name the cluster (a running `make run` "
                "prints its address), or start everything with `make run`",
            )
        config: ClientConfig = {}
        for name, value in self:
            if isinstance(value, SecretStr):
                config[name.replace("_", ".")] = value.get_secret_value()
            elif value is not None:
                config[name.replace("_", ".")] = value
        config["security.protocol"] = self.security_protocol.value
        return config
