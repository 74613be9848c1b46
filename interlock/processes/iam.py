"""The reference permission service as a process, on the address where assess looks for it."""

import threading
from contextlib import ExitStack
from urllib.parse import urlsplit
from urllib.request import urlopen

from interlock.iam.opened import token
from interlock.iam.reference.app import create_app
from interlock.iam.reference.policies import FILE, Policies, read_policies
from interlock.processes.process import Process
from plugins.serve import serve_app
from schemas.faults import ProcessFault


def run(process: Process, stack: ExitStack) -> None:
    """Serve until SIGTERM; ready once it answers.

    Raises:
        ProcessFault: there is no address to serve on, or the file of policies is unreadable.
    """
    settings = process.settings
    if settings.iam_url is None:
        raise ProcessFault("setting_missing", "IAM_URL is not set: name the address to serve on")
    app = create_app(Policies(read_policies(settings.config_dir / FILE)), token(settings))
    address = urlsplit(settings.iam_url)
    health = process.health("iam")
    ready = f"{settings.iam_url.rstrip('/')}/readyz"

    def await_ready() -> None:
        while not process.stopping.wait(0.1):
            try:
                with urlopen(ready, timeout=1):
                    health.runs()
                    return
            except OSError as error:
                health.waits("not_listening", str(error))

    threading.Thread(target=await_ready, name="await-ready", daemon=True).start()
    serve_app(app, address.hostname or "127.0.0.1", address.port or 80)
    process.stopping.set()
