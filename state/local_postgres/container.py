"""PostgreSQL in a container, where there is a Docker engine and no wheel for this machine."""

import secrets
from pathlib import Path
from urllib.parse import quote

import psycopg2
from testcontainers.community.postgres import PostgresContainer

from launch.container import ContainerService
from state.local_postgres.cluster import DATABASE, SUPERUSER
from state.local_postgres.settings import SETTINGS

IMAGE = "postgres:18"
_PORT = 5432


class ContainerPostgres(ContainerService):
    """Like `LocalPostgres`, in a container: the same methods, no pid."""

    def __init__(self, data_dir: Path) -> None:
        # From version 18 on the image keeps its data one level below this.
        super().__init__(data_dir, "postgres", "/var/lib/postgresql", _PORT)
        self._address: str | None = None

    def url(self, database: str = DATABASE) -> str:
        """SQLAlchemy's URL of a database here; stands from the first `start` on.

        Raises:
            RuntimeError: never started.
        """
        if self._address is None:
            raise RuntimeError("the PostgreSQL in a container was never started")
        return f"postgresql+psycopg2://{self._address}/{quote(database)}"

    def start(self, timeout_s: float = 120.0) -> str:
        """Start it and wait until it answers; the first start pulls the image.

        Raises:
            CannotStart: the engine cannot run it, or it is silent for too long.
        """
        container = PostgresContainer(
            IMAGE, username=SUPERUSER, password=self._password(), dbname=DATABASE
        )
        options = [part for item in SETTINGS.items() for part in ("-c", "=".join(item))]
        container.with_command(["postgres", *options])
        host = self.host(container)
        self._address = f"{SUPERUSER}:{self._password()}@{host}:{self.port()}"
        self.run(lambda: container, self._answers, timeout_s)
        return self.url()

    def _password(self) -> str:
        """The image sets it when it makes the volume; both are remembered side by side."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        noted = self.data_dir / "password"
        if not noted.exists():
            noted.touch(mode=0o600)
            noted.write_text(secrets.token_urlsafe(24))
        return noted.read_text()

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url().replace("+psycopg2", ""), connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True
