"""Whether schemas can read each other's records: FULL_TRANSITIVE over a model's history.

A change is safe when the new schema reads every record ever written, and every released
schema reads the new records: the two directions of Avro's schema resolution (specification
1.12, "Schema Resolution"). Stricter than the specification in two things: what a value
*means* (`logicalType`, `contentType`) may not change, and aliases do not count.
"""

from collections.abc import Iterator, Mapping

from fastavro import parse_schema
from pydantic import JsonValue

from schemas.avro import Schema, as_fastavro

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


def incompatibilities(current: Schema, released: Mapping[int, Schema]) -> list[str]:
    """What the current schema breaks, a sentence each; empty: it may be released.

    Raises:
        SchemaParseException: one of them is no Avro schema.
    """
    found = []
    for version, schema in released.items():
        found += [f"cannot read version {version}: {why}" for why in unreadable(schema, current)]
        found += [f"version {version} cannot read it: {why}" for why in unreadable(current, schema)]
    return found


def unreadable(written: Schema, read: Schema) -> list[str]:
    """Why records of the schema `written` cannot all be read with `read`: `path: reason`.

    Raises:
        SchemaParseException: one of them is no Avro schema.
    """
    # Parsing gives every name its namespace.
    written, read = _parsed(written), _parsed(read)
    return list(_Resolution(written, read).mismatches(written, read, _title(read)))


class _Resolution:
    def __init__(self, written: Schema, read: Schema) -> None:
        self._written = dict(_named(written))
        self._read = dict(_named(read))
        self._compared: set[str] = set()

    def mismatches(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        if isinstance(written, list):
            for branch in written:
                yield from self.mismatches(branch, read, path)
        elif isinstance(read, list):
            yield from self._into_union(written, read, path)
        else:
            yield from self._plain(_object(written, self._written), _object(read, self._read), path)

    def _into_union(self, written: Schema, branches: list[JsonValue], path: str) -> Iterator[str]:
        one = _object(written, self._written)
        others = [_object(branch, self._read) for branch in branches]
        for fits in (_alike, _promotes):
            for other in others:
                if fits(one, other):  # no second branch can be of the same kind and name
                    yield from self._plain(one, other, path)
                    return
        yield f"{path}: {_title(one)} is in no branch of the union"

    def _plain(self, written: _Object, read: _Object, path: str) -> Iterator[str]:
        for attribute in _MEANING:
            before, after = written.get(attribute), read.get(attribute)
            if before != after:
                yield f"{path}: {attribute} {before or 'none'} is read as {after or 'none'}"
        if not _alike(written, read):
            if not _promotes(written, read):
                yield f"{path}: {_title(written)} is read as {_title(read)}"
            return
        match written["type"]:
            case "record" | "error":
                yield from self._fields(written, read, path)
            case "array":
                yield from self.mismatches(written["items"], read["items"], f"{path}[]")
            case "map":
                yield from self.mismatches(written["values"], read["values"], f"{path}{{}}")
            case "enum":
                if "default" not in read:
                    for symbol in _list(written["symbols"]):
                        if symbol not in _list(read["symbols"]):
                            yield f"{path}: the symbol {symbol} is not known"
            case "fixed":
                if written["size"] != read["size"]:
                    yield f"{path}: {written['size']} bytes are read as {read['size']}"

    def _fields(self, written: _Object, read: _Object, path: str) -> Iterator[str]:
        name = _title(read)
        if name in self._compared:  # under way further out, or done elsewhere
            return
        self._compared.add(name)
        known = {field["name"]: field for field in _objects(written["fields"])}
        for field in _objects(read["fields"]):
            inner = f"{path}.{field['name']}"
            if field["name"] in known:
                yield from self.mismatches(known[field["name"]]["type"], field["type"], inner)
            elif "default" not in field:
                yield f"{inner}: is not written, and has no default"


def _parsed(schema: Schema) -> Schema:
    parsed: Schema = parse_schema(as_fastavro(schema))
    return parsed


def _named(schema: Schema) -> Iterator[tuple[str, _Object]]:
    """Every named type within a schema."""
    if isinstance(schema, list):
        for part in schema:
            yield from _named(part)
    elif isinstance(schema, dict):
        if schema["type"] in ("record", "error", "enum", "fixed"):
            yield _title(schema), schema
        for part in _objects(schema.get("fields", [])):
            yield from _named(part["type"])
        for part in ("items", "values"):
            yield from _named(schema.get(part))


def _object(schema: Schema, names: Mapping[str, _Object]) -> _Object:
    """A schema that is no union in its long form, a reference as what it refers to."""
    if isinstance(schema, str):
        return {"type": schema} if schema in _PRIMITIVES else names[schema]
    assert isinstance(schema, dict), "a schema is a name, a union or an object"
    return schema


def _alike(written: _Object, read: _Object) -> bool:
    return written["type"] == read["type"] and written.get("name") == read.get("name")


def _promotes(written: _Object, read: _Object) -> bool:
    return str(read["type"]) in PROMOTIONS.get(str(written["type"]), ())


def _title(schema: Schema) -> str:
    """What a sentence calls a schema: a record by its name."""
    if isinstance(schema, dict):
        return str(schema.get("name", schema["type"]))
    return "a union" if isinstance(schema, list) else str(schema)


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _objects(value: JsonValue) -> list[_Object]:
    return [part for part in _list(value) if isinstance(part, dict)]
