"""A JSON Schema made to refuse what it does not name.

An object whose schema names properties takes no others, unless the schema itself says
`additionalProperties` or `unevaluatedProperties`. That holds for the parameters and for the
objects in them, as far as `properties` and `items` lead. A schema that is put together of others
(`$ref`, `allOf`, `anyOf` and so on) is closed as a whole; those others stay as they are, since
each sees only its part. So does all but the outermost where a `$ref` points anywhere but to
`$defs`: what it points to may be such a part.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from processors.schema_graph import References

_OPEN = ("additionalProperties", "unevaluatedProperties")
_BRANCHES = ("allOf", "anyOf", "oneOf")
_COMPOSED = (*_BRANCHES, "$ref", "$dynamicRef", "if", "dependentSchemas")
_SAYS_NOTHING_BELOW = frozenset(
    {"required", "type", "title", "description", "minProperties", "maxProperties"}
)
_APART = ("#/$defs/", "#/definitions/")
_BELOW = ("items", "additionalProperties", "unevaluatedItems")


def named_only(schema: JsonValue) -> JsonValue:
    """The closed schema; the same where it names nothing.

    Raises:
        Refused: it refers to what it does not hold.
    """
    return _Closing(schema).closed(schema)


class _Closing:
    def __init__(self, root: JsonValue) -> None:
        self._references = References(root)
        self._names: dict[int, bool] = {}
        self._to_the_bottom = all(reference.startswith(_APART) for reference in _referred(root))

    def closed(self, schema: JsonValue) -> JsonValue:
        if not isinstance(schema, dict):
            return schema
        # Only `unevaluatedProperties` sees what a composed schema names elsewhere; it is slower.
        composed = any(word in schema for word in _COMPOSED)
        deeper = self._to_the_bottom and not _seen_elsewhere(schema)
        found = self._closed_below(schema) if deeper else dict(schema)
        if self.names(schema) and not any(word in schema for word in _OPEN):
            found[_OPEN[1] if composed else _OPEN[0]] = False
        return found

    def _closed_below(self, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
        found = dict(schema)
        for word in _BELOW:
            if word in schema:
                found[word] = self.closed(schema[word])
        if isinstance(properties := schema.get("properties"), dict):
            found["properties"] = {name: self.closed(said) for name, said in properties.items()}
        if isinstance(items := schema.get("prefixItems"), list):
            found["prefixItems"] = [self.closed(said) for said in items]
        return found

    def names(self, schema: JsonValue) -> bool:
        """Whether an object of the schema, whichever branch it takes, has its properties named."""
        if not isinstance(schema, dict):
            return False
        if id(schema) not in self._names:
            self._names[id(schema)] = False  # of a circle
            self._names[id(schema)] = self._look(schema)
        return self._names[id(schema)]

    def _look(self, schema: dict[str, JsonValue]) -> bool:
        if isinstance(schema.get("properties"), dict):
            return True
        for word in ("$ref", "$dynamicRef"):
            reference = schema.get(word)
            if isinstance(reference, str) and self.names(self._references.target(reference)):
                return True
        every = schema.get("allOf")
        if isinstance(every, list) and any(self.names(part) for part in every):
            return True
        for word in ("anyOf", "oneOf"):
            branches = schema.get(word)
            if isinstance(branches, list):
                objects = [branch for branch in branches if _may_be_object(branch)]
                if objects and all(self.names(branch) for branch in objects):
                    return True
        return False


def _referred(root: JsonValue) -> Iterator[str]:
    values = [root]
    while values:
        value = values.pop()
        if isinstance(value, dict):
            yield from (str(value[word]) for word in ("$ref", "$dynamicRef") if word in value)
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)


def _seen_elsewhere(schema: dict[str, JsonValue]) -> bool:
    """Whether another schema may look at what is below, and name more of it."""
    if "patternProperties" in schema or "contains" in schema:
        return True
    parts: list[JsonValue] = []
    for word in _COMPOSED:
        said = schema.get(word)
        if word in schema and word not in _BRANCHES:
            return True
        parts += said if isinstance(said, list) else []
    return any(
        part is not True and not (isinstance(part, dict) and part.keys() <= _SAYS_NOTHING_BELOW)
        for part in parts
    )


def _may_be_object(schema: JsonValue) -> bool:
    if not isinstance(schema, dict):
        return schema is True
    types = schema.get("type", "object")
    if types != "object" and not (isinstance(types, list) and "object" in types):
        return False
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return not isinstance(values, list) or any(isinstance(value, dict) for value in values)
