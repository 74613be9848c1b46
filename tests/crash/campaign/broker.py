"""The local broker with a listener for each proxy, on a loopback address of this campaign's own.

Clients go back to the address the broker advertises. So each proxied instance has a listener
that advertises its proxy. And since two campaigns on one machine must never meet in a port that
one of them just left, each has its own address of 127.0.0.0/8 (Linux).
"""

from collections.abc import Mapping
from pathlib import Path

from launch import free_ports
from streams.local_broker import LocalBroker

Address = tuple[str, int]


class CampaignBroker(LocalBroker):
    """`proxies`: name → the address clients of that listener are told."""

    def __init__(self, folder: Path, host: str, proxies: Mapping[str, Address]) -> None:
        super().__init__(folder)
        self._folder = folder.absolute()
        self._host = host
        self._proxies = proxies
        self._behind = dict(zip(proxies, free_ports(len(proxies)), strict=True))

    @property
    def bootstrap_servers(self) -> str:
        return super().bootstrap_servers.replace("127.0.0.1", self._host)

    def behind(self, proxy: str) -> Address:
        """Where the proxy of that name finds the broker."""
        return self._host, self._behind[proxy]

    def _configure(self) -> None:
        super()._configure()
        file = self._folder / "server.properties"
        settings = dict(line.split("=", 1) for line in file.read_text().splitlines())
        for name in ("listeners", "advertised.listeners", "controller.quorum.voters"):
            settings[name] = settings[name].replace("127.0.0.1", self._host)
        for number, (name, (host, port)) in enumerate(self._proxies.items()):
            listener = f"PROXY{number}"
            settings["listeners"] += f",{listener}://{self._host}:{self._behind[name]}"
            settings["advertised.listeners"] += f",{listener}://{host}:{port}"
            settings["listener.security.protocol.map"] += f",{listener}:PLAINTEXT"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
