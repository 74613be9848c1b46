"""The plugin host as a process, on the address where execute looks for it."""

import threading
from contextlib import ExitStack
from urllib.parse import urlsplit
from urllib.request import urlopen

from interlock.processes.process import Process
from plugins.serve import serve


def run(process: Process, stack: ExitStack) -> None:
    """Serve the built-in tools until SIGTERM; ready once they answer."""
    settings = process.settings
    address = urlsplit(settings.plugin_host_url)
    health = process.health("plugin-host")
    ready = f"{settings.plugin_host_url.rstrip('/')}/readyz"

    def await_ready() -> None:
        while not process.stopping.wait(0.1):
            try:
                with urlopen(ready, timeout=1):
                    health.runs()
                    return
            except OSError as error:
                health.waits("not_listening", str(error))

    threading.Thread(target=await_ready, name="await-ready", daemon=True).start()
    serve(
        settings.database_url,
        address.hostname or "127.0.0.1",
        address.port or 80,
        settings.state_dir / "reports",
    )
    process.stopping.set()
