"""What a process needs before and while it works: seconds to ready, and memory."""

from collections.abc import Iterator
from typing import Any

from bench.chain import Shape, chain
from bench.cpu import peak_mb
from bench.figure import figure
from bench.options import Options
from bench.services import Services
from schemas.settings import Transport


def footprint(services: Services, options: Options) -> Iterator[dict[str, Any]]:
    """`start_*`: from spawn to `/readyz` 200, one process at a time. `memory_*`: the most it had
    resident, after start, warm-up and one drained run with plugin host and sink."""
    shape = Shape(transport=Transport.HTTP, plugin_host=True, sinks=True)
    with chain(services, options, shape) as line:
        line.throughput(options.actions)
        peaks = line.processes.peaks()
        starts = {name: process.ready_s for name, process in line.processes.running.items()}
        broker = services.broker.pid
        assert broker is not None
        peaks["broker"] = peak_mb(broker)
    for name, seconds in starts.items():
        assert seconds is not None
        yield figure(f"start_{name}", seconds, "s", n=1)
    for name, megabytes in peaks.items():
        yield figure(f"memory_{name}", megabytes, "MB", n=options.actions)
