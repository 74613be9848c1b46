"""Whether schemas can read each other's records: FULL_TRANSITIVE over a model's history.

A change is safe when the new schema reads every record ever written, and every released
schema reads the new records: the two directions of Avro's schema resolution (specification
1.12, "Schema Resolution"). Stricter than the specification in two things: what a value
*means* (`logicalType`, `contentType`) may not change, and aliases do not count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from schemas.avro import Schema

PROMOTIONS: dict[str, frozenset[str]] = {
    "int": frozenset({"long", "float", "double"}),
    "long": frozenset({"float", "double"}),
    "float": frozenset({"double"}),
    "string": frozenset({"bytes"}),
    "bytes": frozenset({"string"}),
}
"""written → what it may be read as, besides itself."""

_PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_MEANING = ("logicalType", "contentType")

_Object = dict[str, JsonValue]
_Names = dict[str, _Object]


def incompatibilities(current: Schema, released: Mapping[int, Schema]) -> list[str]:
    """What the current schema breaks, a sentence each; empty: it may be released."""
    return [
        sentence
        for version, schema in released.items()
        for sentence in (
            *(f"cannot read version {version}: {what}" for what in unreadable(schema, current)),
            *(f"version {version} cannot read it: {what}" for what in unreadable(current, schema)),
        )
    ]


def unreadable(written: Schema, read: Schema) -> list[str]:
    """Why records of the schema `written` cannot all be read with `read`: `path: reason`."""
    names = (_names(written), _names(read))
    return list(_Reading(*names)._mismatches(written, read, _name(read)))


@dataclass
class _Reading:
    written_names: _Names
    read_names: _Names
    under_way: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of records being compared or found fine before: a record may hold itself."""
