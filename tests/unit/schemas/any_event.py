"""Any event of a model: hypothesis strategies read off the same shapes as the codec."""

from datetime import UTC, datetime, timedelta, timezone
from typing import TypeVar

from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue

from schemas.careful import IDENTITIES
from schemas.events import Event
from schemas.shapes import Kind, Shape, shapes

E = TypeVar("E", bound=Event)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
IDENTITY = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
)
INT64 = st.integers(-(2**63), 2**63 - 1)
INSTANT = st.datetimes(
    datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=st.sampled_from([UTC])
) | st.datetimes(
    datetime(1970, 1, 2),
    datetime(2100, 1, 1),
    timezones=st.sampled_from([timezone(timedelta(hours=-6)), timezone(timedelta(minutes=330))]),
)
_LEAF: st.SearchStrategy[JsonValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
)
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    _LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
JSON_OBJECT = st.dictionaries(TEXT, JSON, max_size=3)

_PLAIN: dict[Kind, st.SearchStrategy[object]] = {
    Kind.STRING: TEXT,
    Kind.LONG: INT64,
    Kind.DOUBLE: st.floats(allow_nan=False),
    Kind.BOOLEAN: st.booleans(),
    Kind.BYTES: st.binary(max_size=20),
    Kind.INSTANT: INSTANT,
    Kind.JSON: JSON,
    Kind.JSON_OBJECT: JSON_OBJECT,
}


def any_event(model: type[E]) -> st.SearchStrategy[E]:
    """Events with every field given, so that the codec meets every one of them."""
    return st.builds(model, **_fields(model))


def _fields(model: type[BaseModel]) -> dict[str, st.SearchStrategy[object]]:
    return {name: _values(name, shape) for name, shape in shapes(model).items()}


def _values(name: str, shape: Shape) -> st.SearchStrategy[object]:
    values: st.SearchStrategy[object]
    if shape.record is not None:
        values = st.builds(shape.record, **_fields(shape.record))
    elif shape.item is not None:
        values = st.lists(_values(name, shape.item), max_size=3)
    elif shape.enum is not None:
        values = st.sampled_from(list(shape.enum))
    else:
        values = IDENTITY if name in IDENTITIES else _PLAIN[shape.kind]
    return st.none() | values if shape.nullable else values
