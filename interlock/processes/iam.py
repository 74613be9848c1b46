"""The reference permission service as a process, on the address where assess looks for it."""

from contextlib import ExitStack

from interlock.iam.opened import token
from interlock.iam.reference.app import create_app
from interlock.iam.reference.policies import FILE, Policies, read_policies
from interlock.processes.http_service import serve_at
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
    serve_at(process, "iam", settings.iam_url, lambda host, port: serve_app(app, host, port))
