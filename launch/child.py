"""Starting and ending one child process.

A child is in a session of its own: Ctrl-C in a terminal reaches us, and we stop children in
the order that suits them. If we die without stopping them, the kernel signals them
(`PR_SET_PDEATHSIG`, Linux). Two traps of that call are dealt with here:

- The signal comes when the *thread* that forked ends, not the process. So all children are
  forked by one thread that lives as long as the process.
- A parent that dies between fork and the call is never noticed. So the child compares its
  parent afterwards, and goes no further if that is not us.

No Python runs between fork and exec (`preexec_fn` can deadlock in a process with threads):
`setpriv` of util-linux makes the call. Without it (macOS) children are started all the same
and may outlive us if we are killed.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
_KILLED_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Account:
    """The system user a child runs as, when we are root and it must not be."""

    name: str
    uid: int
    gid: int


def spawn(
    argv: Sequence[str],
    *,
    output: int | IO[bytes],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    when_we_die: signal.Signals = signal.SIGKILL,
    lock: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child; its standard output and error both go to `output`.

    Its pid is the pid of `argv[0]`: what stands in front of it replaces itself.

    Args:
        env: its whole environment; None: ours.
        when_we_die: the signal it gets if this process ends without stopping it.
        lock: a file descriptor that it inherits, as its claim on a folder.

    Raises:
        OSError: `argv[0]` cannot be run.
    """
    program = shutil.which(argv[0], path=None if env is None else env.get("PATH"))
    if program is None:
        raise FileNotFoundError(f"{argv[0]} is not an executable file")

    def fork() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*_guard(when_we_die), program, *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            pass_fds=() if lock is None else (lock,),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )

    return _SPAWNER.submit(fork).result()


def end(
    child: subprocess.Popen[bytes],
    by: signal.Signals = signal.SIGTERM,
    grace_s: float = 10.0,
) -> int:
    """Ask a child to end, wait, then kill it and whatever it left in its process group.

    Returns:
        Its exit code; the negative signal number if a signal ended it.
    """
    if child.poll() is None:
        child.send_signal(by)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace_s)
        kill_group(child)
    return child.wait(_KILLED_WITHIN_S)


def kill(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a child and its process group; nothing happens if it has ended."""
    if child.poll() is None:
        kill_group(child)
        child.wait(_KILLED_WITHIN_S)


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL to whoever is in a child's process group.

    Only while the child runs or right after it was waited for: later its number may be the
    number of somebody else's group.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _guard(when_we_die: signal.Signals) -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    # sh's $0 is our pid, its arguments the command: run it only if we are still its parent.
    check = '[ "$PPID" = "$0" ] && exec "$@"'
    return [setpriv, "--pdeathsig", when_we_die.name[3:], "/bin/sh", "-c", check, str(os.getpid())]
