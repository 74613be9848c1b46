"""One service in a container: a loopback port, a named volume, and a reaper.

Testcontainers' reaper removes the container if we die without stopping it; the volume, whose
name is kept in a folder of ours, stays.

Written with care and typed, but not run where Interlock is tested: those machines have no
Docker engine.
"""

import contextlib
import secrets
from collections.abc import Callable
from pathlib import Path

from docker.errors import DockerException, NotFound
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from launch.faults import CannotStart
from launch.ports import remembered_port
from launch.waiting import wait_until

_LOCAL = ("localhost", "127.0.0.1")


class ContainerService:
    """The part that is the same for every service."""

    def __init__(self, data_dir: Path, name: str, mounted_at: str, inner_port: int) -> None:
        """Args:
        data_dir: keeps the port and the volume's name; made if it is not there.
        name: of the service, part of the volume's name.
        mounted_at: where the image keeps its data.
        inner_port: where the image listens.
        """
        self.data_dir = data_dir
        self._name = name
        self._mounted_at = mounted_at
        self._inner_port = inner_port
        self._port: int | None = None
        self._container: DockerContainer | None = None

    def host(self, container: DockerContainer) -> str:
        return container.get_docker_client().host()

    def port(self) -> int:
        """On this machine; the same at every start, if it is free."""
        if self._port is None:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            self._port = remembered_port(self.data_dir / "port")
        return self._port

    def run(
        self, make: Callable[[], DockerContainer], ready: Callable[[], bool], timeout_s: float
    ) -> None:
        """Start the container (`make` only describes it) and wait for `ready`.

        Raises:
            CannotStart: the engine cannot run it, or it is silent for too long.
        """
        try:
            if self._container is None:
                self._container = self._described(make())
                self._container.start()
            else:
                self._container.get_wrapped_container().start()
            wait_until(ready, timeout_s, f"{self._name} in its container", every_s=0.1)
        except (DockerException, OSError) as error:
            # TimeoutError is an OSError.
            self.kill()
            raise CannotStart(
                f"the Docker engine could not run {self._name} ({error})",
                "see that it can pull images, or stop it and install Java 17 and Maven",
            ) from error

    def _described(self, container: DockerContainer) -> DockerContainer:
        container.with_volume_mapping(self._volume(), self._mounted_at, "rw")
        container.with_bind_ports(self._inner_port, self.port())
        if self.host(container) in _LOCAL:
            # Nobody outside this machine: neither service asks who is there.
            loopback = ("127.0.0.1", self.port())
            container.ports[str(self._inner_port)] = loopback  # type: ignore[assignment]
        return container

    def _volume(self) -> str:
        noted = self.data_dir / "volume"
        if not noted.exists():
            noted.write_text(f"interlock-{self._name}-{secrets.token_hex(6)}\n")
        return noted.read_text().strip()

    def stop(self, grace_s: float = 15.0) -> None:
        if self._container is not None:
            try:
                self._container.get_wrapped_container().stop(timeout=int(grace_s))
            finally:
                self._container.stop()
                self._container = None

    def kill(self) -> None:
        if self._container is not None:
            # It may not run.
            with contextlib.suppress(DockerException):
                self._container.get_wrapped_container().kill()

    def remove(self) -> None:
        if self._container is not None:
            self._container.stop()
            self._container = None
        remove_volume(self.data_dir)


def remove_volume(data_dir: Path) -> None:
    """Delete the volume whose name `data_dir` keeps, if it keeps one."""
    noted = data_dir / "volume"
    if noted.exists():
        with contextlib.suppress(NotFound):
            DockerClient().client.volumes.get(noted.read_text().strip()).remove(force=True)
        noted.unlink()
