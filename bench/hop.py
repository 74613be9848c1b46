"""One plain hop of the floor: records from a topic to the next, unchanged, exactly once.

    python -m bench.hop BOOTSTRAP NAME FROM TO BATCH

The least a transactional stage can do: consume a batch, produce it and its offsets in one
transaction. The clients are set up as the product's; nothing else is the product's.
"""

import signal
import sys
import threading

from confluent_kafka import Consumer, Producer, TopicPartition

from streams.clients import stage_consumer, transactional_producer

FIRST_S = 0.2
DRAIN_S = 0.001


def main(bootstrap: str, name: str, source: str, target: str, batch: str) -> None:
    most = int(batch)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    base = {"bootstrap.servers": bootstrap}
    producer = Producer(transactional_producer(base, name))
    producer.init_transactions(10)
    consumer = Consumer(stage_consumer(base, name, name))
    consumer.subscribe([source])
    while not stopping.is_set():
        first = consumer.poll(FIRST_S)
        if first is None:
            continue
        offsets: dict[int, int] = {}
        producer.begin_transaction()
        for message in (first, *consumer.consume(most - 1, DRAIN_S)):
            error, partition, offset = message.error(), message.partition(), message.offset()
            if error is not None or partition is None or offset is None:
                raise RuntimeError(str(error))
            producer.produce(target, value=message.value(), key=message.key())
            offsets[partition] = offset + 1
        producer.send_offsets_to_transaction(
            [TopicPartition(source, partition, offset) for partition, offset in offsets.items()],
            consumer.consumer_group_metadata(),
            10,
        )
        producer.commit_transaction(10)
    consumer.close()


if __name__ == "__main__":
    main(*sys.argv[1:6])
