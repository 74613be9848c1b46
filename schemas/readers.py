"""Readers of events, generated like the writers (`writers.py`).

A reader builds the event without pydantic's validation: the bytes followed our own schema,
so the types are what the model says, and a stage of ours wrote them. What others may have
written is validated afterwards (`edges.py`). Kept here: enum members, UTF-8, JSON and its
depth, and no NUL in what identifies a row.
"""

from collections.abc import Callable, Iterator
from functools import cache
from struct import Struct
from typing import NoReturn

from pydantic import BaseModel, JsonValue

from schemas import binary, jsontext
from schemas.faults import RecordFault
from schemas.shapes import Kind, Shape, shapes

Reader = Callable[[bytes, int], tuple[BaseModel, int]]
"""(value, position) → (event, position after it).

Raises RecordFault (`bad_field`, `not_json`, `too_deep`, `wrong_type`) where a field is at
fault, and IndexError, ValueError or struct.error where the bytes do not follow the schema.
The position returned may lie behind the end: the value was cut short."""

IDENTITIES = frozenset(
    {"action_id", "action_ids", "actor", "decision_id", "key", "response_id", "tenant_id"}
)
"""Fields that name rows in PostgreSQL, whose text cannot hold a NUL."""

_BLOB = (
    "n = LENGTHS[b[p]]",
    "if n >= 0: p += 1",
    "else: n, p = read_length(b, p)",
    "e = p + n",
)
_WHOLE = ("if e > len(b): raise IndexError",)
_LINES: dict[Kind, tuple[str, ...]] = {
    Kind.STRING: (*_BLOB, "v = b[p:e].decode()", "p = e"),
    Kind.BYTES: (*_BLOB, "v = b[p:e]", "p = e"),
    Kind.ENUM: (
        *_BLOB,
        *_WHOLE,
        "v = {enum}.get(b[p:e])",
        "if v is None: unknown({field!r})",
        "p = e",
    ),
    Kind.JSON: (*_BLOB, *_WHOLE, "v = json(b[p:e], {field!r})", "p = e"),
    Kind.JSON_OBJECT: (
        *_BLOB,
        *_WHOLE,
        "v = b[p:e]",
        "p = e",
        "v = {{}} if v == EMPTY else json(v, {field!r})",
        "if v.__class__ is not dict: not_an_object({field!r})",
    ),
    Kind.LONG: (
        "v = b[p]",
        "if v < 128:",
        "    p += 1",
        "    v = (v >> 1) ^ -(v & 1)",
        "else: v, p = read_long(b, p)",
    ),
    Kind.DOUBLE: ("v = double(b, p)[0]", "p += 8"),
    Kind.BOOLEAN: ("v = b[p]", "p += 1", "if v > 1: raise NotAvro", "v = v == 1"),
    Kind.INSTANT: ("v, p = read_long(b, p)", "v = instant(v, {field!r})"),
}


Loads = Callable[[bytes, str], JsonValue]


@cache
def reader(model: type[BaseModel], loads: Loads = jsontext.loads_trusted) -> Reader:
    """The reader of a model's fields in the order of its schema, and how it takes JSON text.

    Raises:
        TypeError: a field has no form in Avro.
    """
    names: dict[str, object] = {
        "LENGTHS": binary.LENGTHS,
        "NotAvro": binary.NotAvro,
        "read_long": binary.read_long,
        "read_length": binary.read_length,
        "read_count": binary.read_count,
        "instant": binary.read_instant,
        "double": Struct("<d").unpack_from,
        "json": loads,
        "EMPTY": b"{}",
        "not_an_object": _not_an_object,
        "unknown": _unknown,
        "nul": _nul,
        "new": model.__new__,
        "put": object.__setattr__,
        "model": model,
        "names": set(model.model_fields),
    }
    lines = ["def read(b, p):"]
    for place, (name, shape) in enumerate(shapes(model).items()):
        lines += ("    " + line for line in _field(name, shape, names, loads))
        lines.append(f"    f{place} = v")
    values = ", ".join(f"{name!r}: f{place}" for place, name in enumerate(model.model_fields))
    lines += (
        "    event = new(model)",
        f"    put(event, '__dict__', {{{values}}})",
        "    put(event, '__pydantic_fields_set__', names)",
        "    put(event, '__pydantic_extra__', None)",
        "    put(event, '__pydantic_private__', None)",
        "    return event, p",
    )
    exec("\n".join(lines), names)
    read: Reader = names["read"]  # type: ignore[assignment]
    return read


def _field(
    name: str, shape: Shape, names: dict[str, object], loads: Loads
) -> Iterator[str]:
    """The lines that read into `v` and move `p`; `names` gains what they refer to."""
    if shape.nullable:
        yield "v = b[p]"
        yield "p += 1"
        yield "if v == 0: v = None"
        yield "elif v != 2: raise NotAvro"
        yield "else:"
        yield from ("    " + line for line in _value(name, shape, names, loads))
    else:
        yield from _value(name, shape, names, loads)


def _value(
    name: str, shape: Shape, names: dict[str, object], loads: Loads
) -> Iterator[str]:
    if shape.record is not None:
        inner = f"read_{shape.record.__name__}"
        names[inner] = reader(shape.record, loads)
        yield f"v, p = {inner}(b, p)"
    elif shape.item is not None:
        yield "items = []"
        yield "c, p = read_count(b, p)"
        yield "while c:"
        yield "    for _ in range(c):"
        yield from ("        " + line for line in _field(name, shape.item, names, loads))
        yield "        items.append(v)"
        yield "    c, p = read_count(b, p)"
        yield "v = items"
    else:
        enum = f"MEMBERS_{shape.enum.__name__}" if shape.enum is not None else ""
        if shape.enum is not None:
            names[enum] = {member.value.encode(): member for member in shape.enum}
        yield from (line.format(field=name, enum=enum) for line in _LINES[shape.kind])
        if name in IDENTITIES and shape.kind is Kind.STRING:
            yield f"if '\\0' in v: nul({name!r})"


def _not_an_object(field: str) -> NoReturn:
    raise RecordFault("wrong_type", f"{field}: JSON, but not an object")


def _unknown(field: str) -> NoReturn:
    raise RecordFault("bad_field", f"{field}: a value this version does not know")


def _nul(field: str) -> NoReturn:
    raise RecordFault("bad_field", f"{field}: holds a NUL")
