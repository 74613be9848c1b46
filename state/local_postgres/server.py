"""The local PostgreSQL as a child process."""

import contextlib
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil
import psycopg2
from psycopg2.extensions import connection as Connection

from launch import Account, CannotStart, end, folder_lock, spawn, wait_until
from state.local_postgres.account import postgres_account
from state.local_postgres.binaries import binaries
from state.local_postgres.cluster import (
    DATABASE,
    SUPERUSER,
    cluster_folder,
    make_cluster,
    remove_cluster,
    socket_folder,
)
from state.local_postgres.settings import SETTINGS

_KILLED_WITHIN_S = 10.0


class LocalPostgres:
    """PostgreSQL 18 on a unix socket, with its data in a folder and a database `interlock`.

        with LocalPostgres(folder) as postgres:
            create_engine(postgres.url())

    It can be started again after `stop` and after `kill`, by this object (same URL) or by a
    later process; data survives. Not thread-safe. One at a time on a folder.
    """

    def __init__(self, data_dir: Path) -> None:
        """`data_dir` is made if it is not there. As root the data may be elsewhere (why:
        `state.local_postgres.account`); `data_dir/location` then says where.
        """
        self._wished = data_dir.absolute()
        self._socket: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def url(self, database: str = DATABASE) -> str:
        """SQLAlchemy's URL of a database here; stands from the first `start` on.

        Raises:
            RuntimeError: never started.
        """
        if self._socket is None:
            raise RuntimeError("the local PostgreSQL was never started")
        return (
            f"postgresql+psycopg2://{SUPERUSER}@/{quote(database)}?host={quote(str(self._socket))}"
        )

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None while it does not run."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self, timeout_s: float = 60.0) -> str:
        """Start it and wait until it answers; nothing happens if it runs.

        Returns:
            `url()`.

        Raises:
            CannotStart: something is missing, or another runs on the folder, or the server ends,
                or is silent for too long.
        """
        if self.pid is not None:
            return self.url()
        account = postgres_account()
        programs = binaries(account)
        with folder_lock(self._wished, timeout_s) as lock:
            folder = cluster_folder(self._wished, account)
            cluster = make_cluster(folder, programs, account)
            # Its owner, if it had one, is dead: we have the lock.
            (cluster / "postmaster.pid").unlink(missing_ok=True)
            self._socket = socket_folder(folder, account, self._socket)
            log = folder / "postgres.log"
            self._child = self._spawn(programs, cluster, log, account, lock)
        try:
            self._wait(self._child, log, timeout_s)
            self._create_database()
        except BaseException:
            self.kill()
            raise
        return self.url()

    def stop(self, grace_s: float = 15.0) -> None:
        """Fast shutdown: sessions are ended, the log is checkpointed, nothing to recover."""
        if self._child is not None:
            end(self._child, signal.SIGINT, grace_s)

    def kill(self) -> None:
        """SIGKILL to the postmaster, then to every backend: as a power cut would."""
        if self._child is None or self._child.poll() is not None:
            return
        # Backends are in sessions of their own, and would linger for a moment.
        backends: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            backends = psutil.Process(self._child.pid).children(recursive=True)
        self._child.kill()
        self._child.wait()
        for backend in backends:
            with contextlib.suppress(psutil.NoSuchProcess):
                backend.kill()
        wait_until(lambda: not any(map(_runs, backends)), _KILLED_WITHIN_S, "backends to die")

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.kill()
        if self._socket is not None:
            shutil.rmtree(self._socket, ignore_errors=True)
        remove_cluster(self._wished)

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

    def _spawn(
        self, programs: Path, cluster: Path, log: Path, account: Account | None, lock: int
    ) -> subprocess.Popen[bytes]:
        settings = SETTINGS | {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self._socket}"',
            "unix_socket_permissions": "0700",
        }
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        with log.open("ab") as output:
            return spawn(
                [str(programs / "postgres"), "-D", str(cluster), *options],
                output=output,
                cwd=Path("/"),
                account=account,
                # The postmaster ends its backends on SIGQUIT; SIGKILL would leave them behind.
                when_we_die=signal.SIGQUIT,
                lock=lock,
            )

    def _wait(self, child: subprocess.Popen[bytes], log: Path, timeout_s: float) -> None:
        def answers_or_ended() -> bool:
            return child.poll() is not None or self._answers()

        remedy = f"see {log}"
        try:
            wait_until(answers_or_ended, timeout_s, "the local PostgreSQL")
        except TimeoutError as error:
            raise CannotStart(
                f"PostgreSQL did not answer within {timeout_s:g} s", remedy
            ) from error
        if child.poll() is not None:
            raise CannotStart(f"PostgreSQL ended with exit code {child.returncode}", remedy)

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _create_database(self) -> None:
        connection = self._connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            connection.close()

    def _connect(self) -> Connection:
        return psycopg2.connect(
            host=str(self._socket), user=SUPERUSER, dbname="postgres", connect_timeout=5
        )


def _runs(process: psutil.Process) -> bool:
    """A dead one that init has not collected yet does not run: it holds nothing any more."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
