"""The folder that local mode keeps its data in: where it is, whose turn it is, its removal.

    <state dir>/lock        held by the one Interlock that uses the folder
    <state dir>/kafka/      the local broker
    <state dir>/postgres/   the local database
    <state dir>/log/        one log of all processes

Standard library only: `make clean` runs this with whatever Python there is.
"""

import argparse
import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from launch.faults import CannotStart


def state_dir(environ: Mapping[str, str] | None = None) -> Path:
    """`INTERLOCK_STATE_DIR`, else `interlock` in `XDG_STATE_HOME`, else in `~/.local/state`."""
    environ = os.environ if environ is None else environ
    if named := environ.get("INTERLOCK_STATE_DIR"):
        return Path(named).absolute()
    home = environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home, "interlock").absolute()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone on the folder, which is made if it is not there. The kernel frees a dead one's lock.

    Raises:
        CannotStart: another Interlock uses it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(
                f"another Interlock (process {lock.read().strip() or 'unknown'}) uses {folder}",
                "stop it with Ctrl-C, or set INTERLOCK_STATE_DIR to another folder",
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def remove(folder: Path) -> None:
    """Delete the data of the local services. One that was given by URL is not here.

    Raises:
        CannotStart: an Interlock uses the folder.
    """
    if not folder.exists():
        return
    with locked(folder):
        for volume in folder.glob("*/volume"):
            # Docker is not of the standard library, and only then needed.
            from launch.container import remove_volume

            remove_volume(volume.parent)
        for location in folder.glob("*/location"):
            # As root, PostgreSQL's files may be elsewhere: `state.local_postgres.account`.
            elsewhere = Path(location.read_text().strip())
            if elsewhere.parent.name == "interlock":
                shutil.rmtree(elsewhere, ignore_errors=True)
        shutil.rmtree(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m interlock.state_dir", description=__doc__)
    parser.add_argument("--remove", action="store_true", help="delete the local data")
    folder = state_dir()
    try:
        if parser.parse_args().remove:
            remove(folder)
            print(f"interlock: removed {folder}")
        else:
            print(folder)
    except CannotStart as error:
        print(f"interlock: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
