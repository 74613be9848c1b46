"""Readers of events, generated like the writers (`writers.py`).

A reader builds the event without pydantic's validation: the bytes followed our own schema,
so the types are what the model says, and a stage of ours wrote them. What others may have
written is validated afterwards (`edges.py`).
"""

from collections.abc import Callable, Iterator
from functools import cache
from struct import Struct
from struct import error as StructError

import orjson
from pydantic import BaseModel

from schemas import binary, unvalidated
from schemas.careful import IDENTITIES, READ
from schemas.shapes import Kind, Shape, shapes

Reader = Callable[[bytes, int], tuple[BaseModel, int]]
"""(value, position) → (event, position after it, which may lie behind the end: cut short).

The careful dialect raises RecordFault where a field is at fault and `ODD` where the bytes
do not follow the schema. The fast one raises `ODD` for both, and lets JSON pass that is
nested too deep or holds an integer beyond 64 bits."""

ODD = (IndexError, KeyError, ValueError, OverflowError, StructError)

_BLOB = (
    "n = b[p]",
    "if n & 129: n, p = read_length(b, p)",  # long, or negative
    "else:",
    "    n >>= 1",
    "    p += 1",
    "e = p + n",
)
_FAST: dict[Kind, tuple[str, ...]] = {
    Kind.STRING: (*_BLOB, "v = b[p:e].decode()", "p = e"),
    Kind.BYTES: (*_BLOB, "v = b[p:e]", "p = e"),
    Kind.ENUM: (*_BLOB, "v = {members}[b[p:e]]", "p = e"),
    Kind.JSON: (*_BLOB, "v = loads(b[p:e])", "p = e"),
    Kind.JSON_OBJECT: (
        *_BLOB,
        "if n == 2: v = {{}}",
        "else:",
        "    v = loads(b[p:e])",
        "    if v.__class__ is not dict: raise ValueError",
        "p = e",
    ),
    Kind.LONG: (
        "v = b[p]",
        "if v < 128:",
        "    p += 1",
        "    v = (v >> 1) ^ -(v & 1)",
        "else: v, p = read_long(b, p)",
    ),
    Kind.DOUBLE: ("v = double(b, p)[0]", "p += 8"),
    Kind.BOOLEAN: ("v = BOOLEANS[b[p]]", "p += 1"),
    Kind.INSTANT: (
        "e = p + 8",
        "v = instant_of_eight(b[p:e])",
        "if v is None: v, p = read_instant(b, p)",
        "else: p = e",
    ),
}


@cache
def reader(model: type[BaseModel], *, careful: bool) -> Reader:
    """The reader of a model's fields in the order of its schema.

    Raises:
        TypeError: a field has no form in Avro.
    """
    names: dict[str, object] = {
        "read_long": binary.read_long,
        "read_length": binary.read_length,
        "read_count": binary.read_count,
        "read_instant": binary.read_instant,
        "instant_of_eight": binary.instant_of_eight,
        "double": Struct("<d").unpack_from,
        "loads": orjson.loads,
        "BOOLEANS": (False, True),
        "NotAvro": binary.NotAvro,
        "model": model,
        "new": model.__new__,
        "set_values": unvalidated.set_values,
        "set_names": unvalidated.set_names,
        "set_extra": unvalidated.set_extra,
        "set_private": unvalidated.set_private,
        "names": set(model.model_fields),
    }
    lines = ["def read(b, p):"]
    for place, (name, shape) in enumerate(shapes(model).items()):
        lines += ("    " + line for line in _field(name, shape, names, careful))
        lines.append(f"    f{place} = v")
    values = ", ".join(f"{name!r}: f{place}" for place, name in enumerate(model.model_fields))
    lines += (
        "    event = new(model)",
        f"    set_values(event, {{{values}}})",
        "    set_names(event, names)",
        "    set_extra(event, None)",
        "    set_private(event, None)",
        "    return event, p",
    )
    exec("\n".join(lines), names)
    read: Reader = names["read"]  # type: ignore[assignment]
    return read


def _field(name: str, shape: Shape, names: dict[str, object], careful: bool) -> Iterator[str]:
    """The lines that read into `v` and move `p`; `names` gains what they refer to."""
    if shape.nullable:
        yield "v = b[p]"
        yield "p += 1"
        yield "if v == 0: v = None"
        yield "elif v != 2: raise NotAvro"
        yield "else:"
        yield from ("    " + line for line in _value(name, shape, names, careful))
    else:
        yield from _value(name, shape, names, careful)


def _value(name: str, shape: Shape, names: dict[str, object], careful: bool) -> Iterator[str]:
    if shape.record is not None:
        inner = f"read_{shape.record.__name__}"
        names[inner] = reader(shape.record, careful=careful)
        yield f"v, p = {inner}(b, p)"
    elif shape.item is not None:
        yield "items = []"
        yield "c = b[p]"
        yield "while c:"  # blocks, the last one of no items
        yield "    if c & 129: c, p = read_count(b, p)"
        yield "    else:"
        yield "        c >>= 1"
        yield "        p += 1"
        yield "    for _ in range(c):"
        yield from ("        " + line for line in _field(name, shape.item, names, careful))
        yield "        items.append(v)"
        yield "    c = b[p]"
        yield "p += 1"
        yield "v = items"
    else:
        members = ""
        if shape.enum is not None:
            members = f"MEMBERS_{shape.enum.__name__}"
            names[members] = {member.value.encode(): member for member in shape.enum}
        if careful:
            names[f"careful_{shape.kind}"] = READ[shape.kind]
            more = f", {members}" if members else ""
            yield f"v, p = careful_{shape.kind}(b, p, {name!r}{more})"
        else:
            yield from (line.format(members=members) for line in _FAST[shape.kind])
            if name in IDENTITIES and shape.kind is Kind.STRING:
                yield "if '\\0' in v: raise ValueError"
