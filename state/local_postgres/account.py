"""Who runs PostgreSQL, and which folders that user can reach.

PostgreSQL refuses to run as root. As root, as in a container or on a CI machine, it is run as
`postgres`, or `nobody` where there is no such user. Neither may look into a root-only home
directory, where both the wheel and the state directory often are, and opening that to
everybody is not ours to do. So what the user cannot reach is put where it can be reached.
"""

import os
import pwd
import stat
import subprocess
from pathlib import Path

from launch import Account, CannotStart

_PLACES = (Path("/var/lib"), Path("/var/tmp"))


def postgres_account() -> Account | None:
    """The user to run PostgreSQL as; None: ourselves.

    Raises:
        CannotStart: we are root, and there is nobody else.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL does not run as root, and there is no user postgres or nobody",
        "run Interlock as another user, or set DATABASE_URL",
    )


def reaches(account: Account | None, path: Path) -> bool:
    """Whether the account may enter (a folder) or run (a file) this existing path.

    The kernel is asked, in the account's name: it knows every folder above, every ACL.
    """
    if account is None:
        return os.access(path, os.X_OK)
    test = subprocess.run(
        ["test", "-x", path],
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        check=False,
    )
    return test.returncode == 0


def reachable_place(account: Account) -> Path:
    """A folder of ours (0755) that the account reaches.

    Raises:
        CannotStart: no such place.
    """
    for place in _PLACES:
        ours = place / "interlock"
        try:
            ours.mkdir(mode=0o755, exist_ok=True)
            # /var/tmp is everybody's: what somebody else prepared there is not ours.
            status = ours.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            ours.chmod(0o755)
        except OSError:
            continue
        if reaches(account, ours):
            return ours
    raise CannotStart(
        f"there is no folder that the user {account.name} can reach",
        "run Interlock as another user than root, or set DATABASE_URL",
    )
