"""Everything a campaign runs on: broker, database, proxies, its own host, and the settings."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from launch import end, free_port, spawn, wait_until
from state.local_postgres import LocalPostgres
from state.migrate import migrate
from tests.crash.campaign import proxy
from tests.crash.campaign.broker import CampaignBroker
from tests.crash.campaign.names import PROXIED
from tests.crash.campaign.preparation import Keys, make_topics, publish_settings
from tests.crash.campaign.proxy import Proxy


@dataclass(frozen=True)
class Services:
    folder: Path
    broker: CampaignBroker
    postgres: LocalPostgres
    proxies: dict[str, Proxy]
    keys: Keys
    plugin_host_url: str

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap_servers

    @property
    def database_url(self) -> str:
        return self.postgres.url()

    def environment(self, instance: str) -> dict[str, str]:
        """What a process of that name gets; nothing of the machine's own configuration."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        bootstrap = self.bootstrap
        if instance in self.proxies:
            bootstrap = "{}:{}".format(*self.proxies[instance].address)
        return {
            **kept,
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "DATABASE_URL": self.database_url,
            "INTERLOCK_STATE_DIR": str(self.folder / "state"),
            "INTERLOCK_PLUGIN_HOST_URL": self.plugin_host_url,
            "PYTHONUNBUFFERED": "1",
            # Where a library crashed, if one does.
            "PYTHONFAULTHANDLER": "1",
        }


def own_address() -> str:
    """A loopback address that no other campaign on this machine has: of our process id."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16) % 64}.{(pid >> 8) % 256}.{pid % 254 + 1}"


@contextmanager
def running(folder: Path, seed: int) -> Iterator[Services]:
    """Broker, database, proxies and own host, prepared; all gone afterwards, data stays."""
    host = own_address()
    with ExitStack() as stack:
        proxies = {name: Proxy(host) for name in PROXIED}
        addresses = {name: each.address for name, each in proxies.items()}
        broker = CampaignBroker(folder / "broker", host, addresses)
        postgres = LocalPostgres(folder / "postgres")
        stack.callback(broker.kill)
        stack.callback(postgres.stop)
        postgres.start()
        broker.start()
        proxy.serve(proxies, broker.behind)
        own_host = _start_own_host(stack, folder, host, seed)
        migrated(postgres.url())
        make_topics(broker.bootstrap_servers)
        keys = publish_settings(broker.bootstrap_servers, folder / "state", own_host, seed)
        yield Services(folder, broker, postgres, proxies, keys, f"http://{host}:{free_port()}")


def migrated(url: str) -> None:
    engine = create_engine(url)
    migrate(engine)
    engine.dispose()


def new_database(postgres: LocalPostgres, name: str) -> str:
    """A second, migrated database on the server; its URL."""
    server = create_engine(postgres.url(), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    url = make_url(postgres.url()).set(database=name).render_as_string(hide_password=False)
    migrated(url)
    return url


def _start_own_host(stack: ExitStack, folder: Path, host: str, seed: int) -> str:
    module = "tests.crash.campaign.host"
    with (folder / "logs" / "own-host.log").open("ab") as log:
        child = spawn(
            [sys.executable, "-m", module, host, str(folder), str(seed)],
            output=log,
            cwd=Path(__file__).parents[3],
        )
    stack.callback(end, child)
    port = folder / "host.port"

    def told() -> bool:
        if child.poll() is not None:
            raise RuntimeError(f"the campaign's own host ended: see {folder}/logs/own-host.log")
        return port.exists()

    wait_until(told, 30, "the campaign's own host")
    return f"http://{host}:{port.read_text()}"
