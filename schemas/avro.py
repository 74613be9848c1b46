"""Avro schemas from the pydantic models (Avro specification 1.12, "Schema Declaration").

| field | Avro |
|---|---|
| `str`, any `StrEnum` | string |
| `int`, `float`, `bool`, `bytes` | long, double, boolean, bytes |
| `datetime` | long, logical type timestamp-micros |
| `AsJson` | string with `"contentType": "application/json"`; its default is JSON text |
| `T | None` | `["null", T]`, default null |
| `list[T]` | array, default `[]` |
| another model | record, named once and referred to after that |
"""

from typing import TypeAlias, cast

import orjson
from fastavro.schema import fingerprint as avro_fingerprint
from fastavro.schema import to_parsing_canonical_form
from fastavro.types import Schema as FastavroSchema
from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from schemas.shapes import Kind, Shape, shapes

NAMESPACE = "interlock"

Schema: TypeAlias = JsonValue
"""A schema as JSON holds it: a name, a union (list) or an object."""

_TYPES: dict[Kind, Schema] = {
    Kind.STRING: "string",
    Kind.ENUM: "string",
    Kind.LONG: "long",
    Kind.DOUBLE: "double",
    Kind.BOOLEAN: "boolean",
    Kind.BYTES: "bytes",
    Kind.INSTANT: {"type": "long", "logicalType": "timestamp-micros"},
    Kind.JSON: {"type": "string", "contentType": "application/json"},
    Kind.JSON_OBJECT: {"type": "string", "contentType": "application/json"},
}


class _NoDefault(TypeError):
    """A default that Avro could not state; says why."""


def avro_schema(model: type[BaseModel]) -> Schema:
    """The Avro schema of a model.

    Raises:
        TypeError: a field has no form in Avro; the text names model and field.
    """
    return _record(model, set())


def fingerprint(schema: Schema) -> bytes:
    """CRC-64-AVRO of the Parsing Canonical Form: eight bytes, little-endian, as they stand in
    a single-object encoding. Docs, defaults and logical types do not count."""
    canonical = to_parsing_canonical_form(as_fastavro(schema))
    return bytes.fromhex(avro_fingerprint(canonical, "CRC-64-AVRO"))


def as_fastavro(schema: Schema) -> FastavroSchema:
    """The same under the type that fastavro's functions ask for."""
    return cast(FastavroSchema, schema)


def pretty(schema: Schema) -> bytes:
    """The text of an `.avsc` file: the same schema always gives the same bytes."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(schema, option=options)


def without_docs(schema: Schema) -> Schema:
    """What readers and writers go by: two schemas that differ in docs alone come out equal."""
    if isinstance(schema, list):
        return [without_docs(part) for part in schema]
    if isinstance(schema, dict):
        return {key: without_docs(part) for key, part in schema.items() if key != "doc"}
    return schema


def _record(model: type[BaseModel], named: set[str]) -> Schema:
    full_name = f"{NAMESPACE}.{model.__name__}"
    if full_name in named:
        return full_name
    named.add(full_name)
    fields: list[JsonValue] = []
    for name, shape in shapes(model).items():
        try:
            fields.append(_field(name, shape, model.model_fields[name], named))
        except _NoDefault as error:
            raise TypeError(f"{model.__name__}.{name}: {error}") from None
    record: dict[str, JsonValue] = {
        "type": "record",
        "name": model.__name__,
        "namespace": NAMESPACE,
        "fields": fields,
    }
    if "__doc__" in vars(model) and model.__doc__:
        record["doc"] = model.__doc__.strip().splitlines()[0]
    return record


def _field(name: str, shape: Shape, info: FieldInfo, named: set[str]) -> dict[str, JsonValue]:
    field: dict[str, JsonValue] = {"name": name, "type": _type(shape, named)}
    default = info.get_default(call_default_factory=True, validated_data={})
    if default is None and shape.kind is Kind.JSON and not shape.nullable:
        field["default"] = "null"
    elif default is PydanticUndefined or default is None:
        if shape.nullable:
            field["default"] = None
        elif shape.kind is Kind.ARRAY:
            field["default"] = []
    else:
        field["default"] = _default(shape, default)
    return field


def _type(shape: Shape, named: set[str]) -> Schema:
    plain: Schema
    if shape.record is not None:
        plain = _record(shape.record, named)
    elif shape.item is not None:
        plain = {"type": "array", "items": _type(shape.item, named)}
    else:
        plain = _TYPES[shape.kind]
    return ["null", plain] if shape.nullable else plain


def _default(shape: Shape, value: object) -> JsonValue:
    if shape.nullable:
        # A default belongs to a union's first branch, and null is always ours.
        raise _NoDefault("the default of `T | None` must be None")
    if shape.kind in (Kind.JSON, Kind.JSON_OBJECT):
        return orjson.dumps(value).decode()
    if shape.kind in (Kind.INSTANT, Kind.BYTES, Kind.RECORD):
        raise _NoDefault(f"a default of kind {shape.kind.value} is not supported")
    plain: JsonValue = to_jsonable_python(value)
    return plain
