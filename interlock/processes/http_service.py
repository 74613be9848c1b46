"""A process that answers over HTTP at the address where others look for it."""

import threading
from collections.abc import Callable
from urllib.parse import urlsplit
from urllib.request import urlopen

from interlock.processes.process import Process


def serve_at(process: Process, name: str, url: str, serve: Callable[[str, int], None]) -> None:
    """Serve until SIGTERM; ready once it answers. `serve` takes host and port, and returns when
    it was told to stop."""
    address = urlsplit(url)
    health = process.health(name)
    ready = f"{url.rstrip('/')}/readyz"

    def await_ready() -> None:
        while not process.stopping.wait(0.1):
            try:
                with urlopen(ready, timeout=1):
                    health.runs()
                    return
            except OSError as error:
                health.waits("not_listening", str(error))

    threading.Thread(target=await_ready, name="await-ready", daemon=True).start()
    serve(address.hostname or "127.0.0.1", address.port or 80)
    process.stopping.set()
