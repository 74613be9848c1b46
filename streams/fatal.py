"""When a client of librdkafka is beyond use."""

from confluent_kafka import KafkaError


def is_fatal(error: KafkaError) -> bool:
    """Whether the client that says this can do nothing any more.

    The error a consumer hands out for a fatal one has the code `_FATAL` and says of itself that
    it is not fatal. It is handed out once; from then on the consumer is silent, and a process
    that missed it waits for ever.
    """
    return error.fatal() or error.code() == KafkaError._FATAL
