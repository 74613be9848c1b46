"""Kafka in a container, where there is a Docker engine.

Testcontainers' own KafkaContainer drives Confluent's image; this is Apache's, the same broker
with the same settings as `LocalBroker`.
"""

from pathlib import Path

from testcontainers.core.container import DockerContainer

from launch.container import ContainerService
from streams.local_broker.configuration import SHARED_SETTINGS
from streams.local_broker.jars import KAFKA_VERSION
from streams.local_broker.readiness import Readiness

IMAGE = f"apache/kafka:{KAFKA_VERSION}"
_CLIENTS, _CONTROLLER, _ITSELF = 9092, 9093, 9094


class ContainerBroker(ContainerService):
    """Like `LocalBroker`, in a container: the same methods, no pid."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir, "kafka", "/var/lib/kafka/data", _CLIENTS)
        self._bootstrap: str | None = None

    @property
    def bootstrap_servers(self) -> str:
        """What clients connect to; stands from the first `start` on.

        Raises:
            RuntimeError: never started.
        """
        if self._bootstrap is None:
            raise RuntimeError("the broker in a container was never started")
        return self._bootstrap

    def start(self, timeout_s: float = 120.0) -> str:
        """Start it and wait until it answers; the first start pulls the image.

        Raises:
            CannotStart: the engine cannot run it, or it is silent for too long.
        """
        container = DockerContainer(IMAGE)
        self._bootstrap = f"{self.host(container)}:{self.port()}"
        for name, value in _environment(self._bootstrap).items():
            container.with_env(name, value)
        self.run(lambda: container, Readiness(self._bootstrap), timeout_s)
        return self._bootstrap


def _environment(advertised: str) -> dict[str, str]:
    """The image makes `server.properties` of what begins with KAFKA_.

    The broker talks to itself too (transaction markers), and cannot by the address that is
    advertised outside: hence a listener of its own for that.
    """
    settings: dict[str, object] = {
        "node.id": 1,
        "process.roles": "broker,controller",
        "controller.quorum.voters": f"1@localhost:{_CONTROLLER}",
        "listeners": f"CLIENT://:{_CLIENTS},CONTROLLER://:{_CONTROLLER},ITSELF://:{_ITSELF}",
        "advertised.listeners": f"CLIENT://{advertised},ITSELF://localhost:{_ITSELF}",
        "listener.security.protocol.map": (
            "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT,ITSELF:PLAINTEXT"
        ),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "ITSELF",
        "log.dirs": "/var/lib/kafka/data",
        **SHARED_SETTINGS,
    }
    named = {f"KAFKA_{name.upper().replace('.', '_')}": str(v) for name, v in settings.items()}
    return named | {"KAFKA_HEAP_OPTS": "-Xmx512m"}
