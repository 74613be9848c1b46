"""When a broker counts as started: it answers for its metadata, not only for its port."""

import logging
import socket

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

_SILENT = logging.getLogger("streams.local_broker.readiness")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class Readiness:
    """Asks one broker; cheap to ask again."""

    def __init__(self, bootstrap: str) -> None:
        host, _, port = bootstrap.rpartition(":")
        self._address = host, int(port)
        self._bootstrap = bootstrap
        self._admin: AdminClient | None = None

    def __call__(self) -> bool:
        try:
            socket.create_connection(self._address, timeout=1).close()
        except OSError:
            return False
        if self._admin is None:
            self._admin = AdminClient(
                {
                    "bootstrap.servers": self._bootstrap,
                    "reconnect.backoff.ms": 20,
                    "reconnect.backoff.max.ms": 100,
                },
                logger=_SILENT,
            )
        try:
            metadata = self._admin.list_topics(timeout=1)
        except KafkaException:
            return False
        return bool(metadata.brokers)
