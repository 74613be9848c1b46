"""The plugin host as a process, on the address where execute looks for it."""

from contextlib import ExitStack

from interlock.processes.http_service import serve_at
from interlock.processes.process import Process
from plugins.serve import serve


def run(process: Process, stack: ExitStack) -> None:
    """Serve the built-in tools until SIGTERM; ready once they answer."""
    settings = process.settings
    reports = settings.state_dir / "reports"
    serve_at(
        process,
        "plugin-host",
        settings.plugin_host_url,
        lambda host, port: serve(settings.database_url, host, port, reports),
    )
