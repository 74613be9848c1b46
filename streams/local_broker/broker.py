"""The local broker as a child process."""

import base64
import os
import shutil
import signal
import subprocess
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from launch import CannotStart, end, folder_lock, kill, remembered_port, spawn, wait_until
from streams.local_broker.configuration import Ports, server_properties
from streams.local_broker.jars import kafka_jars
from streams.local_broker.java import find_java
from streams.local_broker.readiness import Readiness

_HERE = Path(__file__).parent
# Relative names are in the data folder, where the broker runs: a properties file is Latin-1, and
# a home directory need not be.
_JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dlog4j2.configurationFile=log4j2.xml",
)
_FORMAT_S = 60.0
_PORTS_FREE_S = 10.0


class LocalBroker:
    """Apache Kafka, one node, on loopback ports, with its data in a folder.

        with LocalBroker(folder) as broker:
            AdminClient({"bootstrap.servers": broker.bootstrap_servers})

    It can be started again after `stop` and after `kill`, by this object or by a later
    process: data survives, and so do the ports unless somebody else took them meanwhile.
    Not thread-safe. One at a time on a folder.
    """

    def __init__(self, data_dir: Path, cache_dir: Path | None = None) -> None:
        """Args:
        data_dir: made if it is not there.
        cache_dir: where Kafka's jars are cached; None: the user's cache.
        """
        self._dir = data_dir.absolute()
        self._cache = cache_dir
        self._ports: Ports | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap_servers(self) -> str:
        """What clients connect to; stands from the first `start` on.

        Raises:
            RuntimeError: never started.
        """
        if self._ports is None:
            raise RuntimeError("the local broker was never started")
        return f"127.0.0.1:{self._ports.broker}"

    @property
    def pid(self) -> int | None:
        """The broker's process id; None while it does not run."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self, timeout_s: float = 60.0) -> str:
        """Start it and wait until it answers; nothing happens if it runs.

        The first start on a machine fetches Kafka, the first one on a folder formats it;
        `timeout_s` counts from when these are done.

        Returns:
            `bootstrap_servers`.

        Raises:
            CannotStart: something is missing, or another runs on the folder, or the broker ends,
                or is silent for too long.
        """
        if self.pid is not None:
            return self.bootstrap_servers
        java, jars = find_java(), kafka_jars(self._cache)
        kafka = [str(java.program), *_JVM, "-cp", f"{jars}/*"]
        with (
            folder_lock(self._dir, timeout_s) as lock,
            (self._dir / "jvm.log").open("ab") as output,
        ):
            self._configure()
            self._format(kafka)
            command = [*kafka, "kafka.Kafka", "server.properties"]
            self._child = spawn(
                command, output=output, env=_environment(), cwd=self._dir, lock=lock
            )
        try:
            self._wait(self._child, timeout_s)
        except BaseException:
            self.kill()
            raise
        return self.bootstrap_servers

    def stop(self, grace_s: float = 15.0) -> None:
        """Let it close its logs, so that the next start has nothing to recover."""
        if self._child is not None:
            end(self._child, signal.SIGTERM, grace_s)

    def kill(self) -> None:
        """SIGKILL: what a crash test does to it."""
        if self._child is not None:
            kill(self._child)

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.kill()
        shutil.rmtree(self._dir, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _configure(self) -> None:
        if self._ports is None:
            port = remembered_port(self._dir / "port")
            self._ports = Ports(port, remembered_port(self._dir / "controller-port", port))
        else:
            # Clients hold on to the address they were given: wait for it.
            ports = self._ports
            wait_until(lambda: ports.free, _PORTS_FREE_S, "the broker's ports to be free again")
        (self._dir / "server.properties").write_text(server_properties(self._ports))
        shutil.copy(_HERE / "log4j2.xml", self._dir)

    def _format(self, kafka: list[str]) -> None:
        formatted = self._dir / "formatted"
        if formatted.exists():
            return
        # Without the mark, what is there is half a format.
        shutil.rmtree(self._dir / "kafka", ignore_errors=True)
        cluster = base64.urlsafe_b64encode(b"\x00" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        command = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", "server.properties"]
        done = subprocess.run(
            [*kafka, *command],
            cwd=self._dir,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FORMAT_S,
            check=False,
        )
        if done.returncode != 0:
            raise CannotStart(
                f"Kafka could not format {self._dir} ({done.stdout.strip()})",
                "see that the folder can be written and has space left",
            )
        formatted.write_text(f"{cluster}\n")

    def _wait(self, child: subprocess.Popen[bytes], timeout_s: float) -> None:
        answers = Readiness(self.bootstrap_servers)
        remedy = f"see broker.log and jvm.log in {self._dir}"

        def answers_or_ended() -> bool:
            return child.poll() is not None or answers()

        try:
            wait_until(answers_or_ended, timeout_s, "the local broker")
        except TimeoutError as error:
            raise CannotStart(f"Kafka did not answer within {timeout_s:g} s", remedy) from error
        if child.poll() is not None:
            raise CannotStart(f"Kafka ended with exit code {child.returncode}", remedy)


def _environment() -> dict[str, str]:
    """Java reads its arguments in the locale's encoding; paths are UTF-8 in any locale."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}
