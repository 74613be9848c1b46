"""Writers of events, generated: per model one straight-line function, as `dataclasses` does
for `__init__`.

An action's events pass the codec ten times, so its cost is a good part of the chain's.
Generated code takes about a third of what fastavro's C writer takes, which looks every
field's type up again in every record (figures: `docs/guides/schemas.md`). Tests hold both
to the same bytes.
"""

from collections.abc import Callable, Iterator
from functools import cache
from struct import Struct
from struct import error as StructError

import orjson
from pydantic import BaseModel

from schemas import binary
from schemas.careful import WRITE
from schemas.events import ActionEvent
from schemas.shapes import Kind, Shape, shapes
from schemas.wire import HEADER, recall

Put = Callable[[bytes], None]
Writer = Callable[[BaseModel, Put], None]
"""Hands the parts of the encoding to `put`, in order.

The careful dialect raises RecordFault. The fast one raises `ODD` for whatever is odd, and
lets JSON pass that is nested too deep."""

ODD = (UnicodeEncodeError, AttributeError, TypeError, OverflowError, StructError)

_BLOB = ("n = len(t)", "put(LONGS[n] if n < SMALL else long(n))", "put(t)")
# orjson writes NaN as null; `v` would not come back.
_SAME = "if t.find(b'null') >= 0 and loads(t) != v: raise TypeError"
_FAST: dict[Kind, tuple[str, ...]] = {
    Kind.STRING: ("t = v.encode()", *_BLOB),
    Kind.ENUM: ("t = v.encode()", *_BLOB),
    Kind.BYTES: ("t = v", *_BLOB),
    Kind.JSON: ("t = dumps(v)", _SAME, *_BLOB),
    Kind.JSON_OBJECT: (
        "if v:",
        "    t = dumps(v)",
        "    " + _SAME,
        *("    " + line for line in _BLOB),
        "else: put(EMPTY)",
    ),
    Kind.LONG: ("put(LONGS[v] if 0 <= v < SMALL else long(v))",),
    Kind.DOUBLE: ("put(double(v))",),
    Kind.BOOLEAN: ("put(TRUE if v else FALSE)",),
    Kind.INSTANT: ("put(instant(v))",),
}


@cache
def writer(model: type[BaseModel], *, careful: bool) -> Writer:
    """The writer of a model's fields in the order of its schema.

    Raises:
        TypeError: a field has no form in Avro.
    """
    names: dict[str, object] = {
        "LONGS": binary.LONGS,
        "SMALL": len(binary.LONGS),
        "long": binary.long,
        "instant": binary.instant,
        "double": Struct("<d").pack,
        "dumps": orjson.dumps,
        "loads": orjson.loads,
        "EMPTY": b"\x04{}",
        "FALSE": b"\x00",
        "TRUE": b"\x01",
        "NULL": b"\x00",
        "SOME": b"\x02",
        "END": b"\x00",
        "recall": recall,
    }
    lines = ["def write(event, put):", "    values = event.__dict__"]
    for name, shape in shapes(model).items():
        lines.append(f"    v = values[{name!r}]")
        lines += ("    " + line for line in _field(name, shape, names, careful))
    exec("\n".join(lines), names)
    write: Writer = names["write"]  # type: ignore[assignment]
    return write


def _field(name: str, shape: Shape, names: dict[str, object], careful: bool) -> Iterator[str]:
    """The lines that write `v`; `names` gains what they refer to."""
    if shape.nullable:
        yield "if v is None: put(NULL)"
        yield "else:"
        yield "    put(SOME)"
        yield from ("    " + line for line in _value(name, shape, names, careful))
    else:
        yield from _value(name, shape, names, careful)


def _value(name: str, shape: Shape, names: dict[str, object], careful: bool) -> Iterator[str]:
    if shape.record is not None:
        inner = f"write_{shape.record.__name__}"
        names[inner] = writer(shape.record, careful=careful)
        if issubclass(shape.record, ActionEvent):
            exact = f"exact_{shape.record.__name__}"
            names[exact] = shape.record
            # A subclass has other bytes.
            yield f"if v.__class__ is not {exact}: {inner}(v, put)"
            yield "else:"
            yield f"    try: put(recall(v)[{HEADER}:])"
            yield f"    except AttributeError: {inner}(v, put)"
        else:
            yield f"{inner}(v, put)"
    elif shape.item is not None:
        yield "if v:"
        yield "    put(long(len(v)))"
        yield "    for v in v:"
        yield from ("        " + line for line in _field(name, shape.item, names, careful))
        yield "put(END)"
    elif careful:
        names[f"careful_{shape.kind}"] = WRITE[shape.kind]
        yield f"put(careful_{shape.kind}(v, {name!r}))"
    else:
        yield from _FAST[shape.kind]
