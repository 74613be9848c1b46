"""Settings of the Kafka clients, each with the reason it has the value it has."""

from collections.abc import Mapping

Config = Mapping[str, str | int | float | bool]

SESSION_TIMEOUT_MS = 6_000
MAX_POLL_INTERVAL_MS = 30_000
TRANSACTION_TIMEOUT_MS = 10_000
LOG_LEVEL = 2
"""Critical: librdkafka prints to stderr in a form of its own. What a lost connection means to
a stage, the stage says itself."""


def stage_consumer(base: Config, group: str, instance: str) -> dict[str, str | int | float | bool]:
    """A stage's consumer: static member of its group, read-committed, offsets by transaction.

    - `group.instance.id`: a killed instance's partitions stall for the session timeout only;
      without it, for half a minute.
    - `isolation.level=read_committed` also makes `committed()` wait for offsets of a
      transaction that is still open; without it a restart can read its own past twice.
    """
    return {
        **base,
        "log_level": LOG_LEVEL,
        "group.id": group,
        "group.instance.id": instance,
        "client.id": instance,
        "group.protocol": "classic",
        # Eager, so that a member gives up everything before it joins again (decision 0013).
        "partition.assignment.strategy": "range",
        "session.timeout.ms": SESSION_TIMEOUT_MS,
        "heartbeat.interval.ms": 1_500,
        "max.poll.interval.ms": MAX_POLL_INTERVAL_MS,
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "enable.partition.eof": False,
        "fetch.wait.max.ms": 50,
        "fetch.error.backoff.ms": 100,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1_000,
        # The largest record of any topic, and room for a batch of ordinary ones.
        "fetch.message.max.bytes": 13 * 1024 * 1024,
        "queued.max.messages.kbytes": 32_768,
        "topic.metadata.refresh.interval.ms": 30_000,
    }


def transactional_producer(
    base: Config, transactional_id: str
) -> dict[str, str | int | float | bool]:
    """A stage's producer. The id is stable: a restart aborts what its predecessor left open.

    `linger.ms=5` costs nothing visible at low load and a quarter of the throughput without.

    `metadata.recovery.strategy=none`: when no broker answers, keep those that are known. The
    default forgets them and begins anew from the bootstrap addresses; a transaction that was
    moving offsets then waits for a coordinator that is gone, past its timeout (librdkafka
    issues 5456 and 5511): after a restart of a one-broker cluster every stage with a
    transaction under way hung until its watchdog ended it. Only here: a client that keeps its
    brokers has none left for good once the cluster's metadata named none (a broker that was
    fenced for a moment), and only a transaction's deadline ends such a process.
    """
    return {
        **producer(base),
        "metadata.recovery.strategy": "none",
        "client.id": transactional_id,
        "transactional.id": transactional_id,
        "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
    }


def producer(base: Config) -> dict[str, str | int | float | bool]:
    """An idempotent producer; every client of ours partitions alike."""
    return {
        **base,
        "log_level": LOG_LEVEL,
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        "linger.ms": 5,
        "message.max.bytes": 13 * 1024 * 1024,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1_000,
    }
