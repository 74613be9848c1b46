"""The product's chain as real processes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.catalog import publish_settings
from bench.line import Line
from bench.load import Publisher, balanced_tenants
from bench.options import Options
from bench.processes import Processes, Running, bare_environment
from bench.reading import from_stage, reading
from bench.services import PARTITIONS, Services
from interlock.keys import ensure_local_keys
from launch import free_port
from schemas.codec import decode
from schemas.events import StateChanged
from schemas.names import Topic
from schemas.settings import Transport
from schemas.states import State

STAGES = ("draft", "assess", "approve", "execute", "observe")


@dataclass(frozen=True, slots=True)
class Shape:
    """What varies between chains."""

    transport: Transport = Transport.IN_PROCESS
    plugin_host: bool = False
    """The product's plugin host serves the tool; else, over HTTP, a no-op does."""
    sinks: bool = False
    partitions: int = PARTITIONS
    one_tenant: bool = False


@dataclass
class Product:
    """The product's topics, settings and database, ready for its processes."""

    services: Services
    options: Options
    processes: Processes
    tenants: Sequence[str]

    def start(self, name: str) -> Running:
        """One process, profiled if the options say so."""
        port, folder = free_port(), self.processes.folder
        return self.processes.start(
            name,
            ["-m", *self.options.profiling.wrapper(name, folder), "run", name],
            f"http://127.0.0.1:{port}/readyz",
            {"INTERLOCK_HEALTH_PORT": str(port)},
        )


@contextmanager
def product(services: Services, options: Options, shape: Shape) -> Iterator[Product]:
    """Everything but processes; those that are started meanwhile are stopped."""
    folder = services.run_folder("chain")
    host = f"http://127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        services.renew_product_topics(shape.partitions)
        database = stack.enter_context(services.database())
        tenants = _tenants(services, shape)
        ensure_local_keys(folder / "state")
        environment = {
            **bare_environment(),
            "KAFKA_BOOTSTRAP_SERVERS": services.bootstrap,
            "DATABASE_URL": database,
            "INTERLOCK_STATE_DIR": str(folder / "state"),
            "INTERLOCK_PLUGIN_HOST_URL": host,
            "INTERLOCK_BATCH_RECORDS": str(options.batch),
            "INTERLOCK_RUN_CONCURRENCY": str(options.concurrency),
        }
        processes = Processes(folder, environment)
        stack.callback(processes.stop_all)
        url = None
        made = Product(services, options, processes, tenants)
        if shape.plugin_host:
            made.start("plugin-host").wait_ready()
        elif shape.transport is Transport.HTTP:
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            argv = ["-m", "bench.noop_plugin", str(port)]
            processes.start("noop-plugin", argv, f"{url}/readyz").wait_ready()
        publish_settings(
            services.bootstrap, tenants, shape.transport, url, bulkhead=options.concurrency
        )
        yield made


@contextmanager
def chain(services: Services, options: Options, shape: Shape | None = None) -> Iterator[Line]:
    """The whole chain, warm."""
    shape = shape or Shape()
    with product(services, options, shape) as made:
        for name in (*STAGES, *(("project",) if shape.sinks else ())):
            # One at a time: two cores would make them all slow.
            made.start(name).wait_ready()
        topic = Topic.STATE_CHANGED.value
        with reading(services.bootstrap, topic, from_stage("observe")) as reader:
            publisher = Publisher(services.bootstrap, Topic.RESPONSES.value)
            tenants = made.tenants
            line = Line(services, made.processes, tenants, publisher, reader, _id_of, check_ends)
            line.profiling = options.profiling
            line.warm_up(options.warm_up)
            yield line
        check_exits(made.processes)


def check_exits(processes: Processes) -> None:
    """Stop all; a product process that does not end well would be news."""
    bad = {name: code for name, code in processes.stop_all().items() if code != 0}
    if bad.keys() - {"noop-plugin"}:
        raise AssertionError(f"did not end well: {bad}; logs in {processes.folder}")


def _tenants(services: Services, shape: Shape) -> list[str]:
    scratch = services.new_topics("tenants", 1, shape.partitions)
    try:
        tenants = balanced_tenants(services.bootstrap, scratch[0], shape.partitions)
    finally:
        services.delete_topics(scratch)
    return tenants[:1] if shape.one_tenant else tenants


def _change(value: bytes) -> StateChanged:
    change = decode(Topic.STATE_CHANGED, value)
    assert isinstance(change, StateChanged)
    return change


def _id_of(value: bytes) -> str:
    return str(_change(value).response_id)


def check_ends(values: Sequence[bytes]) -> None:
    """Every action ended once, and well."""
    changes = [_change(value) for value in values]
    ends = Counter(change.state for change in changes)
    if ends.keys() != {State.SUCCEEDED}:
        why = Counter(change.failure_reason and change.failure_reason.code for change in changes)
        raise AssertionError(f"not all succeeded: {dict(ends)}, {dict(why)}")
    if len({change.action_id for change in changes}) != len(changes):
        raise AssertionError("an action ended twice")
