"""Bodies written with an earlier schema, rewritten with the current one.

Avro's schema resolution (specification 1.12, "Schema Resolution") is fastavro's work here:
old records are read when a topic is replayed, not on the way of every action.
"""

from collections.abc import Callable
from io import BytesIO

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from schemas.avro import Schema, as_fastavro
from schemas.faults import RecordFault


def renewal(written: Schema, current: Schema) -> Callable[[bytes], bytes]:
    """A function from bodies of the schema `written` to bodies of `current`.

    It raises RecordFault `not_avro` for a body that does not follow `written`.
    """
    writer = parse_schema(as_fastavro(_plain(written)))
    reader = parse_schema(as_fastavro(_plain(current)))

    def renew(body: bytes) -> bytes:
        stream, renewed = BytesIO(body), BytesIO()
        try:
            content = schemaless_reader(stream, writer, reader)
            schemaless_writer(renewed, reader, content)
        except Exception as error:  # the bytes may be anyone's, and fastavro raises as it falls
            raise RecordFault("not_avro", "the body does not follow its old schema") from error
        if stream.tell() != len(body):
            raise RecordFault("not_avro", "the body is longer than its old schema says")
        return renewed.getvalue()

    return renew


def _plain(schema: Schema) -> Schema:
    """Without logical types: numbers stay numbers, so nothing is converted on the way."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if isinstance(schema, dict):
        return {key: _plain(part) for key, part in schema.items() if key != "logicalType"}
    return schema
