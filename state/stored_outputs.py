"""What a stage decided to write, as one value of the column `outcomes.outputs`.

Avro, without a fingerprint: it never leaves this table. Written by hand, since every record of
the chain passes here and fastavro's writer took four times as long; read by fastavro, which is
only needed after a crash. Headers are not stored: they follow from the rest.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import TypedDict, cast

import fastavro

from schemas.binary import instant, long
from schemas.faults import PassingFault
from schemas.records import Encoded

_SCHEMA = fastavro.parse_schema(
    {
        "type": "record",
        "name": "interlock.Decided",
        "fields": [
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
            {
                "name": "outputs",
                "type": {
                    "type": "array",
                    "items": {
                        "type": "record",
                        "name": "interlock.Encoded",
                        "fields": [
                            {"name": "topic", "type": "string"},
                            {"name": "key", "type": "bytes"},
                            {"name": "value", "type": "bytes"},
                        ],
                    },
                },
            },
        ],
    }
)
_FORM = b"\xff\x01"
"""What the value begins with: the form it has."""
_END = b"\x00"


class _Output(TypedDict):
    topic: str
    key: bytes
    value: bytes


class _Decided(TypedDict):
    at: datetime
    outputs: list[_Output]


def dump_outputs(at: datetime, outputs: Sequence[Encoded]) -> bytes:
    """When it was decided and what, as one Avro value."""
    return b"".join(_parts(at, outputs))


def load_outputs(stored: bytes) -> tuple[datetime, tuple[Encoded, ...]]:
    """Inverse of `dump_outputs`.

    Raises:
        PassingFault: `row_of_other_version`: another version wrote it, in another form.
    """
    content = bytes(stored)
    if not content.startswith(_FORM):
        raise PassingFault("row_of_other_version", "an outcome is stored in a form not known here")
    read = fastavro.schemaless_reader(BytesIO(content[len(_FORM) :]), _SCHEMA, None)
    decided = cast(_Decided, read)
    return decided["at"], tuple(Encoded(**output) for output in decided["outputs"])


def _parts(at: datetime, outputs: Sequence[Encoded]) -> Iterator[bytes]:
    yield _FORM
    yield instant(at)
    if outputs:
        yield long(len(outputs))
    for topic, key, value in outputs:
        for part in (topic.encode(), key, value):
            yield long(len(part))
            yield part
    yield _END
