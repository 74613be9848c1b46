"""Loopback ports for local services.

They are taken from below the range the kernel uses for outgoing connections (32768 up on
Linux, 49152 up elsewhere). From inside that range, a client that reconnects to a stopped
server's port can be given that very port as its own and connect to itself, and the server
cannot come back.
"""

import random
import socket
from pathlib import Path

_LOWEST, _HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Different loopback ports nobody listens on. Nothing reserves them: use them soon.

    Raises:
        OSError: not enough of them.
    """
    free: list[int] = []
    for port in random.sample(range(_LOWEST, _HIGHEST), _HIGHEST - _LOWEST):
        if len(free) == count:
            break
        if is_free(port):
            free.append(port)
    if len(free) < count:
        raise OSError(f"no {count} free loopback ports between {_LOWEST} and {_HIGHEST}")
    return free


def free_port() -> int:
    """One of `free_ports`."""
    return free_ports(1)[0]


def remembered_port(file: Path, other_than: int | None = None) -> int:
    """The port that `file` remembers, if it is free now, else a new one, noted there."""
    try:
        port = int(file.read_text())
    except (FileNotFoundError, ValueError):
        port = 0
    if not port or port == other_than or not is_free(port):
        port = next(free for free in free_ports(2) if free != other_than)
        file.write_text(f"{port}\n")
    return port
