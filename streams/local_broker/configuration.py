"""`server.properties` of the local broker: one KRaft node that is broker and controller."""

from dataclasses import dataclass

from launch import is_free

LARGEST_RECORD_BYTES = 13 * 1024 * 1024
"""`llm.responses` takes 12 MB; the rest is for headers and the batch around a record."""


@dataclass(frozen=True, slots=True)
class Ports:
    broker: int
    controller: int

    @property
    def free(self) -> bool:
        return is_free(self.broker) and is_free(self.controller)


def server_properties(ports: Ports) -> str:
    """The file's text. Replication is 1 everywhere, since there is one node; data is in `kafka`
    beside the file."""
    settings: dict[str, object] = {
        "node.id": 1,
        "process.roles": "broker,controller",
        "controller.quorum.voters": f"1@127.0.0.1:{ports.controller}",
        "listeners": f"CLIENT://127.0.0.1:{ports.broker},CONTROLLER://127.0.0.1:{ports.controller}",
        "advertised.listeners": f"CLIENT://127.0.0.1:{ports.broker}",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENT",
        "log.dirs": "kafka",
        **SHARED_SETTINGS,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


SHARED_SETTINGS: dict[str, object] = {
    # After a kill the restarted broker is refused until its predecessor's session has ended;
    # with the default of 9 s a restart takes 11.7 s, with 2 s 3.5 s.
    "broker.session.timeout.ms": 2_000,
    "broker.heartbeat.interval.ms": 250,
    # Nobody can take the only node's partitions over: a stop need not try.
    "controlled.shutdown.enable": "false",
    # Topics are code (`topics.yaml`): a misspelt one must fail, not appear.
    "auto.create.topics.enable": "false",
    "default.replication.factor": 1,
    "min.insync.replicas": 1,
    # Eight instead of 50: each partition costs a start and a stop some milliseconds.
    "offsets.topic.num.partitions": 8,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.num.partitions": 8,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    # A group of one need not wait for others.
    "group.initial.rebalance.delay.ms": 0,
    "message.max.bytes": LARGEST_RECORD_BYTES,
    "replica.fetch.max.bytes": LARGEST_RECORD_BYTES,
    # The default, 128 MB, is a quarter of the heap.
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
}
"""What the broker in a container is given as well."""
