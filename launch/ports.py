"""Loopback ports for local services.

They are taken from below the range the kernel uses for outgoing connections (32768 up on
Linux, 49152 up elsewhere). From inside that range, a client that reconnects to a stopped
server's port can be given that very port as its own and connect to itself, and the server
cannot come back.
"""

import random
import socket

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


def free_port() -> int:
    """A loopback port nobody listens on. Nothing reserves it: use it soon.

    Raises:
        OSError: none found.
    """
    for port in random.sample(range(_LOWEST, _HIGHEST), 200):
        if is_free(port):
            return port
    raise OSError(f"no free loopback port between {_LOWEST} and {_HIGHEST}")
