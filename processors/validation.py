"""Parameters against a plugin's JSON Schema (2020-12), errors as the model's side needs them.

Formats are checked. A parameter the schema does not name is refused, unless the schema itself
says `additionalProperties` or `unevaluatedProperties`; a schema without `properties` names none
and takes any.
"""

import json
from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson
from pydantic import JsonValue

from schemas.events import FieldError, JsonObject

MOST_ERRORS = 10
_GIVEN_CHARACTERS = 120
_EXPECTED_CHARACTERS = 300
_OPEN = ("additionalProperties", "unevaluatedProperties")
_COMPOSED = ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "dependentSchemas")


def check_params(
    schema: JsonObject, params: JsonObject, *, named_only: bool = True
) -> list[FieldError]:
    """What is wrong, at most ten errors; empty when the parameters are valid.

    Args:
        named_only: refuse what the schema does not name, unless it says otherwise itself.

    Raises:
        ValueError: the schema itself is not one (a fault of the catalog, not of the model).
    """
    forbidden = unsupported_text(params, "")
    if forbidden is not None:
        return [forbidden]
    validator = _validator(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS), named_only)
    if validator.is_valid(params):
        return []
    errors: list[FieldError] = []
    for error in validator.iter_errors(params):
        errors += _field_errors(error)
        if len(errors) >= MOST_ERRORS:
            break
    return errors[:MOST_ERRORS]


def check_schema(schema: JsonObject) -> None:
    """Whether parameters can be checked against it at all.

    Raises:
        ValueError: it is no JSON Schema.
    """
    try:
        _validator(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS), False)
    except ValueError as error:
        raise ValueError(f"parameters is no JSON Schema: {str(error).splitlines()[0]}") from error


@lru_cache(maxsize=1024)
def _validator(schema: bytes, named_only: bool) -> Any:
    value: Any = orjson.loads(schema)
    if named_only:
        value = _closed(value)
    return jsonschema_rs.Draft202012Validator(
        value, validate_formats=True, retriever=_retrieve_nothing
    )


def _retrieve_nothing(uri: str) -> Any:
    """A schema that points elsewhere is none: the library would fetch the address, or read the
    file, wherever the schema is compiled."""
    raise ValueError("a schema must hold all it refers to")


def _closed(schema: JsonValue) -> JsonValue:
    """The schema that refuses what it does not name."""
    if not isinstance(schema, dict) or "properties" not in schema:
        return schema
    if any(word in schema for word in _OPEN):
        return schema
    # Only `unevaluatedProperties` sees what a composed schema names elsewhere; it is slower.
    composed = any(word in schema for word in _COMPOSED)
    return {**schema, _OPEN[1] if composed else _OPEN[0]: False}


def _field_errors(error: Any) -> list[FieldError]:
    """One error of the validator; of several unknown parameters one each."""
    pointer = "".join(f"/{_escaped(str(part))}" for part in error.instance_path)
    said: dict[str, Any] = error.kind.as_dict()
    rule = str(error.kind.name)
    unknown = said.get("unexpected") if rule in _OPEN else None
    if unknown is not None:
        return [
            FieldError(
                code="parameter_invalid",
                text="the tool has no such parameter",
                pointer=f"{pointer}/{_escaped(name[:_GIVEN_CHARACTERS])}",
                rule=rule,
                given=name[:_GIVEN_CHARACTERS],
            )
            for name in unknown[:MOST_ERRORS]
        ]
    if rule == "required":
        missing = str(said["property"])
        return [
            FieldError(
                code="parameter_invalid",
                text=str(error.message)[:500],
                pointer=f"{pointer}/{_escaped(missing)}",
                rule=rule,
                expected=missing,
            )
        ]
    return [
        FieldError(
            code="parameter_invalid",
            text=str(error.message)[:500],
            pointer=pointer,
            rule=rule,
            given=_json(error.instance)[:_GIVEN_CHARACTERS],
            expected=_expected(said),
        )
    ]


def _expected(said: dict[str, Any]) -> str | None:
    """What the rule wants, as JSON: a limit, a type, the allowed values, a format's name."""
    for name in ("limit", "types", "options", "format", "pattern", "expected_value", "multiple_of"):
        if name in said:
            return _json(said[name])[:_EXPECTED_CHARACTERS]
    return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _escaped(part: str) -> str:
    """A JSON Pointer's part (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def unsupported_text(value: JsonValue, pointer: str) -> FieldError | None:
    """Where a value holds NUL, if it does: that is text nowhere, since databases refuse it and
    terminals and logs hide it. `pointer` is where the value stands."""
    if isinstance(value, str):
        if "\x00" in value:
            return FieldError(
                code="unsupported_character", text="text must not hold NUL", pointer=pointer
            )
        return None
    if isinstance(value, dict):
        for key, item in value.items():
            if "\x00" in key:
                return FieldError(
                    code="unsupported_character", text="a name must not hold NUL", pointer=pointer
                )
            found = unsupported_text(item, f"{pointer}/{_escaped(key)}")
            if found is not None:
                return found
    if isinstance(value, list):
        for i, item in enumerate(value):
            found = unsupported_text(item, f"{pointer}/{i}")
            if found is not None:
                return found
    return None
