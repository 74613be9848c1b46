"""The database cluster's folder: where it is, and how it is made."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from launch import Account, CannotStart
from state.local_postgres.account import reachable_place, reaches

SUPERUSER = "interlock"
DATABASE = "interlock"
_LONGEST_SOCKET_PATH = 107
_SOCKET_NAME = ".s.PGSQL.5432"
_LOCATION = "location"
_MADE_FOR = "made-for"
_INITDB_S = 120.0


def cluster_folder(wished: Path, account: Account | None) -> Path:
    """Where the cluster is kept: `wished`, or where `wished/location` says.

    As root the server runs as another user. If that one cannot reach `wished`, a folder is
    made elsewhere, and `wished/location` says where.
    """
    noted = wished / _LOCATION
    if noted.exists():
        folder = Path(noted.read_text().strip())
        folder.mkdir(mode=0o755, exist_ok=True)
        return folder
    if account is None or reaches(account, wished):
        return wished
    place = reachable_place(account)
    _remove_forgotten(place)
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=place))
    folder.chmod(0o755)
    noted.write_text(f"{folder}\n")
    (folder / _MADE_FOR).write_text(f"{wished}\n")
    return folder


def _remove_forgotten(place: Path) -> None:
    """Delete what nobody can find any more, since the folder that said where it is was deleted."""
    for made_for in place.glob(f"postgres-*/{_MADE_FOR}"):
        noted = Path(made_for.read_text().strip()) / _LOCATION
        if not noted.exists() or Path(noted.read_text().strip()) != made_for.parent:
            shutil.rmtree(made_for.parent, ignore_errors=True)


def remove_cluster(wished: Path) -> None:
    """Delete the data, wherever it is."""
    noted = wished / _LOCATION
    if noted.exists():
        shutil.rmtree(noted.read_text().strip(), ignore_errors=True)
    shutil.rmtree(wished, ignore_errors=True)


def make_cluster(folder: Path, programs: Path, account: Account | None) -> Path:
    """`initdb` in `folder/cluster`, unless that is there.

    Sorting and case are those of PostgreSQL's built-in C.UTF-8, the same on every machine.

    Raises:
        CannotStart: initdb says no.
    """
    cluster = folder / "cluster"
    if cluster.is_dir():
        return cluster
    unfinished = folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    give(unfinished, account)
    done = subprocess.run(
        [
            programs / "initdb",
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--auth-local=trust",
            "--auth-host=reject",
            "--no-instructions",
            "--no-sync",
        ],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        timeout=_INITDB_S,
        check=False,
    )
    if done.returncode != 0:
        raise CannotStart(
            f"PostgreSQL could not make its files in {folder} ({_last_line(done.stdout)})",
            "see that the folder can be written and has space left",
        )
    unfinished.rename(cluster)
    return cluster


def socket_folder(folder: Path, account: Account | None, earlier: Path | None) -> Path:
    """A private directory for the unix socket, whose path a socket address can hold.

    It is the only way in, and everybody who can enter it may: the kernel keeps others out.

    Args:
        earlier: the one of the last start, to be used again.
    """
    near = earlier or folder / "socket"
    if len(os.fsencode(near / _SOCKET_NAME)) > _LONGEST_SOCKET_PATH:
        near = Path(tempfile.mkdtemp(prefix="interlock-", dir="/tmp"))
    near.mkdir(mode=0o700, exist_ok=True)
    give(near, account)
    return near


def give(path: Path, account: Account | None) -> None:
    """Make the account the owner."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _last_line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "no reason given")
