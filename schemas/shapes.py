"""What a field of an event is on the wire, read off its pydantic annotation.

The Avro schema, the generated writers and the generated readers are all made from these
shapes, so the three cannot disagree about a field.
"""

import types
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, NewType, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue

from schemas.events import AsJson


class Kind(StrEnum):
    STRING = "string"
    ENUM = "enum"
    """A StrEnum: a string in Avro, so that a new value needs no new schema."""
    LONG = "long"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    BYTES = "bytes"
    INSTANT = "instant"
    """A datetime with a zone: microseconds since 1970-01-01T00:00:00Z."""
    JSON = "json"
    """JSON text in a string (`AsJson`)."""
    JSON_OBJECT = "json_object"
    RECORD = "record"
    ARRAY = "array"


@dataclass(frozen=True, slots=True)
class Shape:
    """One field's form. `enum`, `record` and `item` are set for the kinds of that name."""

    kind: Kind
    nullable: bool = False
    enum: type[StrEnum] | None = None
    record: type[BaseModel] | None = None
    item: "Shape | None" = None


_PRIMITIVES: dict[object, Kind] = {
    str: Kind.STRING,
    int: Kind.LONG,
    float: Kind.DOUBLE,
    bool: Kind.BOOLEAN,
    bytes: Kind.BYTES,
    datetime: Kind.INSTANT,
}


@cache
def shapes(model: type[BaseModel]) -> dict[str, Shape]:
    """The shapes of a model's fields, in the order of the wire.

    Raises:
        TypeError: a field's type has no form in Avro; the text names model and field.
    """
    found = {}
    for name, field in model.model_fields.items():
        as_json = any(isinstance(mark, AsJson) for mark in field.metadata)
        try:
            found[name] = _shape(field.annotation, as_json)
        except TypeError as error:
            raise TypeError(f"{model.__name__}.{name}: {error}") from None
    return found


def _shape(annotation: Any, as_json: bool = False, nullable: bool = False) -> Shape:
    """`as_json` and `nullable` were found further out in the annotation."""
    if isinstance(annotation, NewType):
        return _shape(annotation.__supertype__, as_json, nullable)
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        return _shape(inner, as_json or any(isinstance(m, AsJson) for m in marks), nullable)
    if as_json and annotation is JsonValue:
        return Shape(Kind.JSON, nullable)
    if origin in (Union, types.UnionType):
        branches = [branch for branch in get_args(annotation) if branch is not type(None)]
        if len(branches) != 1 or len(branches) == len(get_args(annotation)):
            raise TypeError(f"a union other than `T | None` has no form in Avro: {annotation}")
        return _shape(branches[0], as_json, True)
    if as_json:
        if origin is dict or annotation is dict:
            return Shape(Kind.JSON_OBJECT, nullable)
        raise TypeError(f"AsJson takes JsonValue or a dict, not {annotation}")
    if origin is list:
        return Shape(Kind.ARRAY, nullable, item=_shape(*get_args(annotation)))
    if annotation in _PRIMITIVES:
        return Shape(_PRIMITIVES[annotation], nullable)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return Shape(Kind.ENUM, nullable, enum=annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape(Kind.RECORD, nullable, record=annotation)
    raise TypeError(f"{annotation} has no form in Avro")
