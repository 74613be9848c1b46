"""Which types a JSON Schema allows a value to have, as far as it can be told without the value.

Looked through are `type`, `enum`, `const`, `anyOf`, `oneOf`, `allOf` and a `$ref` into the same
schema: what generators write for an optional text (`anyOf` text or null) is a text or null.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from schemas.events import JsonObject

_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
_MOST_LOOKED_AT = 256
"""Schemas within a schema: references may lead in circles, and branches double at each step."""


def allowed_types(said: JsonValue, root: JsonObject) -> frozenset[str] | None:
    """The types; None where the schema does not say, or not in a way looked through."""
    return _Look(root).types(said)


def named_properties(schema: JsonObject) -> JsonObject:
    """What the schema says of parameters by name, itself or by reference."""
    if "$ref" in schema or "allOf" in schema:
        return _Look(schema).properties(schema)
    given = schema.get("properties")
    return given if isinstance(given, dict) else {}


class _Look:
    """One look at a schema."""

    def __init__(self, root: JsonObject) -> None:
        self.root = root
        self.left = _MOST_LOOKED_AT

    def types(self, said: JsonValue) -> frozenset[str] | None:
        if not isinstance(said, dict) or not self._may_go_on():
            return None
        rules = [_named(said.get("type")), _of_values(said)]
        rules += [self.types(inner) for inner in self._beside(said)]
        rules += [self._any_of(said[word]) for word in ("anyOf", "oneOf") if word in said]
        known = [rule for rule in rules if rule is not None]
        return frozenset.intersection(*known) if known else None

    def properties(self, said: JsonValue) -> JsonObject:
        if not isinstance(said, dict) or not self._may_go_on():
            return {}
        found: JsonObject = {}
        for inner in self._beside(said):
            found |= self.properties(inner)
        given = said.get("properties")
        return {**found, **given} if isinstance(given, dict) else found

    def _may_go_on(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def _beside(self, said: JsonObject) -> Iterator[JsonValue]:
        """The schemas that hold beside the schema's own words."""
        listed = said.get("allOf")
        if isinstance(listed, list):
            yield from listed
        if "$ref" in said:
            yield _target(said["$ref"], self.root)

    def _any_of(self, branches: JsonValue) -> frozenset[str] | None:
        if not isinstance(branches, list):
            return None
        found: frozenset[str] = frozenset()
        for branch in branches:
            inner = self.types(branch)
            if inner is None:
                return None
            found |= inner
        return found


def _target(reference: JsonValue, root: JsonObject) -> JsonValue:
    """What a reference into the same schema points at (a JSON Pointer); None for any other."""
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        return None
    found: JsonValue = root
    for part in reference.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _named(given: JsonValue) -> frozenset[str] | None:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list):
        return None
    found = {name for name in names if isinstance(name, str) and name in _TYPES}
    return frozenset(found | {"integer"} if "number" in found else found) or None


def _of_values(said: JsonObject) -> frozenset[str] | None:
    """The types of the values that are allowed one by one."""
    values = [said["const"]] if "const" in said else said.get("enum")
    if not isinstance(values, list) or not values:
        return None
    return frozenset[str]().union(*map(_types_of, values))


def _types_of(value: JsonValue) -> frozenset[str]:
    match value:
        case None:
            return frozenset({"null"})
        case bool():
            return frozenset({"boolean"})
        case int() | float():
            return frozenset({"integer", "number"})
        case str():
            return frozenset({"string"})
        case list():
            return frozenset({"array"})
        case _:
            return frozenset({"object"})
