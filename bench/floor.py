"""The floor: five plain transactional hops, which no chain of five stages can be cheaper than."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson

from bench.line import Line
from bench.load import Publisher, balanced_tenants
from bench.options import Options
from bench.processes import Processes, bare_environment
from bench.reading import reading
from bench.services import PARTITIONS, Services

HOPS = 5
WARM_BROKER = 200_000


@contextmanager
def floor(services: Services, options: Options, partitions: int = PARTITIONS) -> Iterator[Line]:
    """Five hops, warm."""
    folder = services.run_folder("floor")
    topics = services.new_topics("floor", HOPS + 1, partitions)
    scratch = services.new_topics("tenants", 1, partitions)
    tenants = balanced_tenants(services.bootstrap, scratch[0], partitions)
    processes = Processes(folder, bare_environment())
    try:
        for number in range(HOPS):
            name, ends = f"{topics[0]}-hop-{number}", topics[number : number + 2]
            processes.start(
                f"hop-{number}",
                ["-m", "bench.hop", services.bootstrap, name, *ends, str(options.batch)],
            )
        with reading(services.bootstrap, topics[-1]) as reader:
            publisher = Publisher(services.bootstrap, topics[0])
            line = Line(services, processes, tenants, publisher, reader, _id_of, _check)
            line.warm_up(options.warm_up)
            yield line
    finally:
        processes.stop_all()
        services.delete_topics([*topics, *scratch])


def warm_broker(services: Services, options: Options) -> None:
    """A JVM becomes faster for its first minute: not while something is measured."""
    with floor(services, options) as line:
        line.warm_up(WARM_BROKER)


def _id_of(value: bytes) -> str:
    return str(orjson.loads(value)["response_id"])


def _check(values: Sequence[bytes]) -> None:
    if len({_id_of(value) for value in values}) != len(values):
        raise AssertionError("a record came twice through the floor")
