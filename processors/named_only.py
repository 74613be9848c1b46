"""A JSON Schema made to refuse what it does not name."""

from pydantic import JsonValue

_OPEN = ("additionalProperties", "unevaluatedProperties")
_COMPOSED = ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "dependentSchemas")


def named_only(schema: JsonValue) -> JsonValue:
    """The closed schema; the same where it names nothing."""
    if not isinstance(schema, dict) or "properties" not in schema:
        return schema
    if any(word in schema for word in _OPEN):
        return schema
    # Only `unevaluatedProperties` sees what a composed schema names elsewhere; it is slower.
    composed = any(word in schema for word in _COMPOSED)
    return {**schema, _OPEN[1] if composed else _OPEN[0]: False}
