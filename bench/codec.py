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
from schemas.codec import HEADER, decode, encode
from schemas.registry import MODELS, current
from tests.unit.schemas.examples import EXAMPLES

NUMBER, REPEAT = 300, 40


def micros(work: Callable[[], object]) -> float:
    runs = timeit.repeat(work, number=NUMBER, repeat=REPEAT, timer=time.process_time)
    return min(runs) / NUMBER * 1e6


def main() -> None:
    print(f"{'':14}{'':>7} | {'write':^26} | {'read':^26}")
    columns = ("codec", "fastavro", "pydantic")
    print(
        f"{'':14}{'bytes':>7} | " + " | ".join(" ".join(f"{c:>8}" for c in columns) for _ in "wr")
    )
    for topic, model in MODELS.items():
        event, value = EXAMPLES[topic], encode(EXAMPLES[topic])
        schema, body = parse_schema(as_fastavro(current(model))), value[HEADER:]
        content, dumped = schemaless_reader(BytesIO(body), schema, None), event.model_dump()
        works: list[Callable[[], object]] = [
            lambda event=event: encode(event),
            lambda schema=schema, content=content: schemaless_writer(BytesIO(), schema, content),
            event.model_dump,
            lambda topic=topic, value=value: decode(topic, value),
            lambda schema=schema, body=body: schemaless_reader(BytesIO(body), schema, None),
            lambda model=model, dumped=dumped: model.model_validate(dumped),
        ]
        cells = [f"{micros(work):8.1f}" for work in works]
        line = f"{' '.join(cells[:3])} | {' '.join(cells[3:])}"
        print(f"{model.__name__:14}{len(value):7} | {line}")


if __name__ == "__main__":
    main()
