"""Which schemas can read each other's records, held against fastavro reading them."""

from io import BytesIO

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.utils import generate_many
from pydantic import JsonValue

from schemas.avro import as_fastavro
from schemas.compat import incompatibilities, unreadable


def record(*fields: JsonValue, name: str = "R") -> JsonValue:
    return {"type": "record", "name": name, "namespace": "n", "fields": list(fields)}


def field(name: str, type_: JsonValue, **more: JsonValue) -> JsonValue:
    return {"name": name, "type": type_, **more}


def array(items: JsonValue) -> JsonValue:
    return {"type": "array", "items": items}


def mapping(values: JsonValue) -> JsonValue:
    return {"type": "map", "values": values}


def enum(*symbols: JsonValue, **more: JsonValue) -> JsonValue:
    return {"type": "enum", "name": "E", "namespace": "n", "symbols": list(symbols), **more}


def fixed(size: int) -> JsonValue:
    return {"type": "fixed", "name": "F", "namespace": "n", "size": size}


JSON_TEXT: JsonValue = {"type": "string", "contentType": "application/json"}
MICROS: JsonValue = {"type": "long", "logicalType": "timestamp-micros"}
MILLIS: JsonValue = {"type": "long", "logicalType": "timestamp-millis"}
X = field("x", "long")
INNER = record(field("a", "string"), name="Inner")
WIDER = record(field("a", "string"), field("b", "long", default=0), name="Inner")
STRICTER = record(field("a", "string"), field("b", "long"), name="Inner")
TREE = record(field("next", ["null", "n.R"], default=None), X)
TREE_OF_TEXT = record(field("next", ["null", "n.R"], default=None), field("x", "string"))

READABLE = {
    "the same": (record(X), record(X)),
    "order does not matter": (record(X, field("y", "string")), record(field("y", "string"), X)),
    "a field with a default is new": (record(X), record(X, field("y", "long", default=1))),
    "a field is gone": (record(X, field("y", "long")), record(X)),
    "long to double": (record(X), record(field("x", "double"))),
    "int to long": (record(field("x", "int")), record(X)),
    "float to double": (record(field("x", "float")), record(field("x", "double"))),
    "string to bytes": (record(field("x", "string")), record(field("x", "bytes"))),
    "a type to a union with it": (record(X), record(field("x", ["null", "long"]))),
    "a type to a union it promotes to": (
        record(field("x", "int")),
        record(field("x", ["null", "double"])),
    ),
    "a union to a wider one": (
        record(field("x", ["null", "long"])),
        record(field("x", ["string", "null", "long"])),
    ),
    "items": (record(field("x", array("int"))), record(field("x", array("long")))),
    "values": (record(field("x", mapping("int"))), record(field("x", mapping("long")))),
    "an inner record": (record(field("x", INNER)), record(field("x", WIDER))),
    "an inner record in a union": (
        record(field("x", ["null", INNER])),
        record(field("x", ["null", WIDER])),
    ),
    "an inner record twice": (
        record(field("x", INNER), field("y", array("n.Inner"))),
        record(field("x", WIDER), field("y", array("n.Inner"))),
    ),
    "more symbols": (record(field("x", enum("A"))), record(field("x", enum("A", "B")))),
    "fewer symbols and a default": (
        record(field("x", enum("A", "B"))),
        record(field("x", enum("A", default="A"))),
    ),
    "fixed": (record(field("x", fixed(2))), record(field("x", fixed(2)))),
    "a record that holds itself": (TREE, TREE),
    "docs": (record(X), record(field("x", "long", doc="about it"))),
    "no record at all": ("int", "long"),
}

UNREADABLE = {
    "a field without a default is new": (
        record(X),
        record(X, field("y", "long")),
        "n.R.y: is not written, and has no default",
    ),
    "a field has another name": (
        record(X),
        record(field("z", "long")),
        "n.R.z: is not written, and has no default",
    ),
    "the record has another name": (
        record(X),
        record(X, name="S"),
        "n.S: n.R is read as n.S",
    ),
    "long to int": (record(X), record(field("x", "int")), "n.R.x: long is read as int"),
    "double to long": (
        record(field("x", "double")),
        record(X),
        "n.R.x: double is read as long",
    ),
    "long to string": (record(X), record(field("x", "string")), "n.R.x: long is read as string"),
    "string to long": (record(field("x", "string")), record(X), "n.R.x: string is read as long"),
    "boolean to long": (
        record(field("x", "boolean")),
        record(X),
        "n.R.x: boolean is read as long",
    ),
    "a union to one of its branches": (
        record(field("x", ["null", "long"])),
        record(X),
        "n.R.x: null is read as long",
    ),
    "a union to a narrower one": (
        record(field("x", ["null", "long", "string"])),
        record(field("x", ["null", "long"])),
        "n.R.x: string is in no branch of the union",
    ),
    "a type to a union without it": (
        record(field("x", "string")),
        record(field("x", ["null", "long"])),
        "n.R.x: string is in no branch of the union",
    ),
    "items": (
        record(field("x", array("string"))),
        record(field("x", array("long"))),
        "n.R.x[]: string is read as long",
    ),
    "values": (
        record(field("x", mapping("string"))),
        record(field("x", mapping("long"))),
        "n.R.x{}: string is read as long",
    ),
    "an array as its item": (
        record(field("x", array("long"))),
        record(X),
        "n.R.x: array is read as long",
    ),
    "an inner record": (
        record(field("x", INNER)),
        record(field("x", STRICTER)),
        "n.R.x.b: is not written, and has no default",
    ),
    "an inner record in a union": (
        record(field("x", ["null", INNER])),
        record(field("x", ["null", STRICTER])),
        "n.R.x.b: is not written, and has no default",
    ),
    "an inner record in an array": (
        record(field("x", array(INNER))),
        record(field("x", array(STRICTER))),
        "n.R.x[].b: is not written, and has no default",
    ),
    "fewer symbols": (
        record(field("x", enum("A", "B"))),
        record(field("x", enum("A"))),
        "n.R.x: the symbol B is not known",
    ),
    "a string to an enum": (
        record(field("x", "string")),
        record(field("x", enum("A"))),
        "n.R.x: string is read as n.E",
    ),
    "another size": (
        record(field("x", fixed(2))),
        record(field("x", fixed(3))),
        "n.R.x: 2 bytes are read as 3",
    ),
    "a record that holds itself": (TREE, TREE_OF_TEXT, "n.R.x: long is read as string"),
}

STRICTER_THAN_AVRO = {
    "plain text to JSON": (
        record(field("x", "string")),
        record(field("x", JSON_TEXT)),
        "n.R.x: contentType none is read as application/json",
    ),
    "JSON to plain text": (
        record(field("x", JSON_TEXT)),
        record(field("x", "string")),
        "n.R.x: contentType application/json is read as none",
    ),
    "JSON to plain text in a union": (
        record(field("x", ["null", JSON_TEXT])),
        record(field("x", ["null", "string"])),
        "n.R.x: contentType application/json is read as none",
    ),
    "a time to a number": (
        record(field("x", MICROS)),
        record(X),
        "n.R.x: logicalType timestamp-micros is read as none",
    ),
    "other units of time": (
        record(field("x", array(MILLIS))),
        record(field("x", array(MICROS))),
        "n.R.x[]: logicalType timestamp-millis is read as timestamp-micros",
    ),
}


@pytest.mark.parametrize(("written", "read"), READABLE.values(), ids=READABLE.keys())
def test_readable(written: JsonValue, read: JsonValue) -> None:
    assert unreadable(written, read) == []
    assert _fastavro_reads(written, read)


@pytest.mark.parametrize(
    ("written", "read", "sentence"), UNREADABLE.values(), ids=UNREADABLE.keys()
)
def test_unreadable(written: JsonValue, read: JsonValue, sentence: str) -> None:
    assert unreadable(written, read) == [sentence]
    assert not _fastavro_reads(written, read)


@pytest.mark.parametrize(
    ("written", "read", "sentence"),
    STRICTER_THAN_AVRO.values(),
    ids=STRICTER_THAN_AVRO.keys(),
)
def test_what_a_value_means_may_not_change(
    written: JsonValue, read: JsonValue, sentence: str
) -> None:
    assert unreadable(written, read) == [sentence]


def test_every_mismatch_is_told() -> None:
    written = record(X, field("y", "string"))
    read = record(field("x", "string"), field("y", "long"), field("z", "long"))
    assert len(unreadable(written, read)) == 3


def test_a_change_is_held_against_every_version_in_both_directions() -> None:
    versions = {
        1: record(X),
        2: record(X, field("y", "long", default=0)),
        3: record(X, field("y", "long", default=0), field("z", ["null", "long"], default=None)),
    }
    assert incompatibilities(versions[3], versions) == []
    assert incompatibilities(record(X), versions) == []

    without_default = record(X, field("y", "long"))
    assert incompatibilities(without_default, versions) == [
        "cannot read version 1: n.R.y: is not written, and has no default",
    ]
    assert incompatibilities(record(field("y", "long", default=0)), versions) == [
        f"version {version} cannot read it: n.R.x: is not written, and has no default"
        for version in versions
    ]
    promoted = record(field("x", "double"))
    assert incompatibilities(promoted, {1: record(X)}) == [
        "version 1 cannot read it: n.R.x: double is read as long",
    ]


def _fastavro_reads(written: JsonValue, read: JsonValue) -> bool:
    writer, reader = parse_schema(as_fastavro(written)), parse_schema(as_fastavro(read))
    try:
        for content in generate_many(writer, 40):
            stream = BytesIO()
            schemaless_writer(stream, writer, content)
            stream.seek(0)
            schemaless_reader(stream, writer, reader)
    except Exception:
        return False
    return True
