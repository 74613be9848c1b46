"""Writers of events, generated: per model one straight-line function, as `dataclasses` does
for `__init__`.

A record crosses the codec ten times on its way, so its cost is most of what the chain
costs. Generated code writes an `Executed` in about a fifth of the time of fastavro's C writer, which
looks every field's type up again for every record. The tests hold both to the same bytes.
"""

from collections.abc import Callable, Iterator
from functools import cache
from struct import Struct

from pydantic import BaseModel

from schemas import binary, jsontext
from schemas.shapes import Kind, Shape, shapes

Put = Callable[[bytes], None]
Writer = Callable[[BaseModel, Put], None]
"""Hands the parts of the encoding to `put`, in order.

Raises RecordFault (`bad_field`, `bad_text`, `too_deep`) and, for a lone surrogate in a text
field, UnicodeEncodeError."""

_BLOB = ("n = len(t)", "put(LONGS[n] if n < SMALL else long(n))", "put(t)")
_LINES: dict[Kind, tuple[str, ...]] = {
    Kind.STRING: ("t = v.encode()", *_BLOB),
    Kind.ENUM: ("t = v.encode()", *_BLOB),
    Kind.BYTES: ("t = v", *_BLOB),
    Kind.JSON: ("t = json(v, {field!r})", *_BLOB),
    Kind.JSON_OBJECT: ("t = json(v, {field!r}) if v else EMPTY", *_BLOB),
    Kind.LONG: ("put(LONGS[v] if 0 <= v < SMALL else number(v, {field!r}))",),
    Kind.DOUBLE: ("put(double(v))",),
    Kind.BOOLEAN: ("put(TRUE if v else FALSE)",),
    Kind.INSTANT: ("put(instant(v, {field!r}))",),
}


@cache
def writer(model: type[BaseModel]) -> Writer:
    """The writer of a model's fields in the order of its schema.

    Raises:
        TypeError: a field has no form in Avro.
    """
    names: dict[str, object] = {
        "LONGS": binary.LONGS,
        "SMALL": len(binary.LONGS),
        "TRUE": b"\x01",
        "FALSE": b"\x00",
        "NULL": b"\x00",
        "SOME": b"\x02",
        "END": b"\x00",
        "EMPTY": b"{}",
        "long": binary.long,
        "number": binary.number,
        "double": Struct("<d").pack,
        "instant": binary.instant,
        "json": jsontext.dumps,
    }
    lines = ["def write(event, put):", "    values = event.__dict__"]
    for name, shape in shapes(model).items():
        lines.append(f"    v = values[{name!r}]")
        lines += ("    " + line for line in _field(name, shape, names))
    exec("\n".join(lines), names)
    write: Writer = names["write"]  # type: ignore[assignment]
    return write


def _field(name: str, shape: Shape, names: dict[str, object]) -> Iterator[str]:
    """The lines that write `v`; `names` gains what they refer to."""
    if shape.nullable:
        yield "if v is None:"
        yield "    put(NULL)"
        yield "else:"
        yield "    put(SOME)"
        yield from ("    " + line for line in _value(name, shape, names))
    else:
        yield from _value(name, shape, names)


def _value(name: str, shape: Shape, names: dict[str, object]) -> Iterator[str]:
    if shape.record is not None:
        inner = f"write_{shape.record.__name__}"
        names[inner] = writer(shape.record)
        yield f"{inner}(v, put)"
    elif shape.item is not None:
        if shape.item.item is not None:
            raise TypeError(f"{name}: arrays of arrays are not supported")
        yield "if v:"
        yield "    put(long(len(v)))"
        yield "    for v in v:"
        yield from ("        " + line for line in _field(name, shape.item, names))
        yield "put(END)"
    else:
        yield from (line.format(field=name) for line in _LINES[shape.kind])
