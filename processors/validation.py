"""Parameters against a plugin's JSON Schema (2020-12), errors as the model's side needs them."""

from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson
from pydantic import JsonValue

from schemas.events import FieldError, JsonObject

MOST_ERRORS = 10
_GIVEN_CHARACTERS = 120


def check_params(schema: JsonObject, params: JsonObject) -> list[FieldError]:
    """What is wrong, at most ten errors; empty when the parameters are valid.

    Raises:
        ValueError: the schema itself is not one (a fault of the catalog, not of the model).
    """
    forbidden = unsupported_text(params, "")
    if forbidden is not None:
        return [forbidden]
    validator = _validator(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))
    errors: list[FieldError] = []
    for error in validator.iter_errors(params):
        errors.append(_field_error(error))
        if len(errors) == MOST_ERRORS:
            break
    return errors


def check_schema(schema: JsonObject) -> None:
    """Whether parameters can be checked against it at all.

    Raises:
        ValueError: it is no JSON Schema.
    """
    try:
        _validator(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))
    except ValueError as error:
        raise ValueError(f"parameters is no JSON Schema: {str(error).splitlines()[0]}") from error


@lru_cache(maxsize=1024)
def _validator(schema: bytes) -> Any:
    return jsonschema_rs.Draft202012Validator(
        orjson.loads(schema), validate_formats=True, retriever=_retrieve_nothing
    )


def _retrieve_nothing(uri: str) -> Any:
    """A schema that points elsewhere is none: the library would fetch the address, or read the
    file, wherever the schema is compiled."""
    raise ValueError("a schema must hold all it refers to")


def _field_error(error: Any) -> FieldError:
    path = "".join(
        f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.instance_path
    )
    rule = str(error.schema_path[-1]) if error.schema_path else None
    return FieldError(
        code="parameter_invalid",
        text=str(error.message)[:500],
        pointer=path,
        rule=rule,
        given=repr(error.instance)[:_GIVEN_CHARACTERS],
    )


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
            found = unsupported_text(item, f"{pointer}/{key}")
            if found is not None:
                return found
    if isinstance(value, list):
        for i, item in enumerate(value):
            found = unsupported_text(item, f"{pointer}/{i}")
            if found is not None:
                return found
    return None
