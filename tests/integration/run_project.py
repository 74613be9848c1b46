"""The sink as a process of its own that may be told where to die.

python -m tests.integration.run_project BOOTSTRAP DATABASE_URL GROUP [CRASH_POINT]
"""

import sys
import threading

from sinks.project import ProjectSink
from state.engine import stage_engine
from streams import clients, crash_points
from streams.health import Health


def main(bootstrap: str, database_url: str, group: str, crash_at: str | None = None) -> None:
    crash_points.arm(crash_at)
    base = {"bootstrap.servers": bootstrap}
    ProjectSink(
        stage_engine(database_url, "project"),
        clients.stage_consumer(base, group, f"{group}-0"),
        clients.producer(base),
        Health(),
    ).run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
