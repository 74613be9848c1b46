"""Apache Kafka on this machine, for local mode and tests: the real broker, one node."""

from streams.local_broker.broker import LocalBroker
from streams.local_broker.java import Java, find_java, find_maven

__all__ = ["Java", "LocalBroker", "find_java", "find_maven"]
