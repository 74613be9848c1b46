"""Whether declared magnitudes look where a tool has a parameter: one that looks beside it never
counts, and nobody would notice."""

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from processors.pointers import parts_of
from schemas.magnitudes import Magnitude
from schemas.settings import PluginSpec

_ELSEWHERE = ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties")
_OPEN = ("additionalProperties", "unevaluatedProperties")


def misplaced(magnitudes: Iterable[Magnitude], plugins: Iterable[PluginSpec]) -> Iterator[str]:
    """What is wrong, a sentence each: a pointer that none of the tools' schemas can have."""
    schemas = [plugin.parameters for plugin in plugins]
    for magnitude in magnitudes:
        if schemas and not any(may_have(schema, magnitude.pointer) for schema in schemas):
            yield f"magnitudes: no tool of it has a parameter at `{magnitude.pointer}`"


def may_have(schema: JsonValue, pointer: str) -> bool:
    """Whether the schema may have what the pointer names; true where that cannot be told, since
    it is composed, or says nothing of what stands there."""
    for part in parts_of(pointer):
        if not isinstance(schema, dict) or any(word in schema for word in _ELSEWHERE):
            return schema is not False
        properties = schema.get("properties")
        if part == "*":
            items = schema.get("items", schema.get("additionalProperties"))
            if items is None:
                return schema.get("type") in (None, "array", "object")
            schema = items
        elif isinstance(properties, dict) and part in properties:
            schema = properties[part]
        else:
            # Without properties any name is taken; with them the gate takes only those named.
            return (properties is None and schema.get("type") in (None, "object")) or any(
                schema.get(word) not in (None, False) for word in _OPEN
            )
    return schema is not False
