"""What a stage decided to write, as one value of the column `outcomes.outputs`.

Avro, without a fingerprint: it never leaves this table. Written by hand, since every record of
the chain passes here and fastavro's writer took four times as long; read by fastavro, which is
only needed after a crash.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TypedDict, cast

import fastavro

from schemas.binary import LONGS, long
from schemas.records import Headers, Outgoing

_OUTPUTS = fastavro.parse_schema(
    {
        "type": "array",
        "items": {
            "type": "record",
            "name": "interlock.Outgoing",
            "fields": [
                {"name": "topic", "type": "string"},
                {"name": "key", "type": ["null", "bytes"]},
                {"name": "value", "type": ["null", "bytes"]},
                {
                    "name": "headers",
                    "type": {
                        "type": "array",
                        "items": {
                            "type": "record",
                            "name": "interlock.Header",
                            "fields": [
                                {"name": "name", "type": "string"},
                                {"name": "value", "type": "bytes"},
                            ],
                        },
                    },
                },
            ],
        },
    }
)
_NULL, _SOME, _END = b"\x00", b"\x02", b"\x00"


class _Header(TypedDict):
    name: str
    value: bytes


class _Output(TypedDict):
    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[_Header]


def dump_outputs(outputs: Sequence[Outgoing]) -> bytes:
    """Outputs as one Avro value."""
    return b"".join(_outputs(outputs)) if outputs else _END


def load_outputs(stored: bytes) -> tuple[Outgoing, ...]:
    """Inverse of `dump_outputs`."""
    items = cast(list[_Output], fastavro.schemaless_reader(BytesIO(bytes(stored)), _OUTPUTS, None))
    return tuple(
        Outgoing(
            item["topic"],
            item["key"],
            item["value"],
            tuple((header["name"], header["value"]) for header in item["headers"]),
        )
        for item in items
    )


def _outputs(outputs: Sequence[Outgoing]) -> Iterator[bytes]:
    yield long(len(outputs))
    for output in outputs:
        topic = output.topic.encode()
        yield LONGS[len(topic)]
        yield topic
        yield from _optional(output.key)
        yield from _optional(output.value)
        yield from _headers(output.headers)
    yield _END


def _optional(content: bytes | None) -> tuple[bytes, ...]:
    if content is None:
        return (_NULL,)
    return _SOME, long(len(content)), content


def _headers(headers: Headers) -> Iterator[bytes]:
    if headers:
        yield long(len(headers))
    for name, value in headers:
        encoded = name.encode()
        yield long(len(encoded))
        yield encoded
        yield long(len(value))
        yield value
    yield _END
