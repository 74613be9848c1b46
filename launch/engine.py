"""Is there a Docker engine? Where none can be, asking costs nothing: no client is loaded."""

import os
from pathlib import Path


def engine_is_reachable() -> bool:
    """Whether a Docker engine answers, by DOCKER_HOST, the client's context, or its socket."""
    if not os.environ.get("DOCKER_HOST") and not any(place.exists() for place in _places()):
        return False
    from docker.errors import DockerException
    from testcontainers.core.docker_client import DockerClient

    try:
        return bool(DockerClient().client.ping())
    except (DockerException, OSError):
        return False


def _places() -> list[Path]:
    """Where an engine's socket, or a configuration that names one, would be."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    return [
        Path("/var/run/docker.sock"),
        Path(runtime, "docker.sock"),
        Path.home() / ".docker" / "contexts",
    ]
