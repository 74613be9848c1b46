"""What the codec costs, an event: `python bench/codec.py`.

CPU microseconds, the best of many runs. "fastavro" is its C writer or reader alone, on a dict
that is ready to write and left as it was read; "pydantic" is `model_dump` or `model_validate`,
which would have to be added to it.
"""

import sys
import time
import timeit
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from schemas.avro import as_fastavro
from schemas.codec import decode, encode
from schemas.names import Topic
from schemas.registry import MODELS, current
from schemas.wire import HEADER
from tests.unit.schemas.examples import EXAMPLES

NUMBER, REPEAT = 300, 40


def micros(work: Callable[[], object]) -> float:
    runs = timeit.repeat(work, number=NUMBER, repeat=REPEAT, timer=time.process_time)
    return min(runs) / NUMBER * 1e6


def line(topic: Topic) -> str:
    model, event = MODELS[topic], EXAMPLES[topic]
    value = encode(event)
    schema, body = parse_schema(as_fastavro(current(model))), value[HEADER:]
    content, dumped = schemaless_reader(BytesIO(body), schema, None), event.model_dump()
    costs = (
        micros(lambda: encode(event)),
        micros(lambda: schemaless_writer(BytesIO(), schema, content)),
        micros(event.model_dump),
        micros(lambda: decode(topic, value)),
        micros(lambda: schemaless_reader(BytesIO(body), schema, None)),
        micros(lambda: model.model_validate(dumped)),
    )
    cells = [f"{cost:8.1f}" for cost in costs]
    return f"{model.__name__:14}{len(value):7} | {' '.join(cells[:3])} | {' '.join(cells[3:])}"


def main() -> None:
    columns = " ".join(f"{column:>8}" for column in ("codec", "fastavro", "pydantic"))
    print(f"{'':14}{'':>7} | {'write':^26} | {'read':^26}")
    print(f"{'':14}{'bytes':>7} | {columns} | {columns}")
    for topic in Topic:
        print(line(topic))


if __name__ == "__main__":
    main()
