"""The host's settings: environment names start with `INTERLOCK_PLUGIN_`, read once."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class HostSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="INTERLOCK_PLUGIN_", frozen=True)

    chaos: bool = False
    """Accept `X-Chaos-*` headers (`plugins.chaos`). Tests and drills only."""
    threads: int = Field(default=16, ge=1, le=200)
    """Calls carried out at once; each holds one PostgreSQL connection while it runs."""
    max_body_bytes: int = Field(default=1024 * 1024, ge=1024)
