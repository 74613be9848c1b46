"""Parameters against a plugin's JSON Schema (2020-12), errors as the model's side needs them.

Formats are checked. A parameter the schema does not name is refused (`processors.named_only`).
What a check may cost is known before (`processors.schema_cost`), and bounded. Patterns are matched
in linear time: there are no lookarounds and no backreferences.
"""

import json
from functools import lru_cache
from itertools import islice
from typing import Any

import jsonschema_rs
import orjson
from pydantic import JsonValue

from processors.named_only import named_only as closed
from processors.pointers import escaped
from processors.schema_cost import Costs
from processors.schema_graph import Refused, check_size, read_graph
from schemas.events import FieldError, JsonObject

MOST_ERRORS = 10
MOST_LOOKS = 4_000_000
"""Of one check; see `processors.schema_cost`."""
MOST_LOOKS_FOR_ERRORS = 200_000
MOST_LOOKS_FOR_BRANCHES = 50_000
"""Where errors hold those of branches: some microseconds and kilobytes each."""
LARGEST_PATTERNS = 2 * 1024 * 1024
"""Bytes of a schema's patterns, compiled."""

_SOMEWHERE = "the tool's schema does not allow them; they are too deep in it to say where"
_MOST_LOOKED_AT = 100
_GIVEN_CHARACTERS = 120
_EXPECTED_CHARACTERS = 300
_UNKNOWN = ("additionalProperties", "unevaluatedProperties")
_PATTERN_SIZES = ((16, 1), (64, 4), (256, 10), (1024, 25))
"""KiB that a pattern may take → looks that a character costs, when each makes a new state."""


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
    if validator.costs.to_check(params) > MOST_LOOKS:
        text = "too large or too deep to be checked against the tool's schema"
        return [FieldError(code="parameters_too_large", text=text)]
    if validator.compiled.is_valid(params):
        return []
    most = MOST_LOOKS_FOR_BRANCHES if validator.costs.branches else MOST_LOOKS_FOR_ERRORS
    found: list[Any] = []
    if validator.costs.to_explain(params) <= most:
        found = list(islice(validator.compiled.iter_errors(params), _MOST_LOOKED_AT))
    errors = [said for error in _without_echoes(found) for said in _field_errors(error)]
    return errors[:MOST_ERRORS] or [FieldError(code="parameter_invalid", text=_SOMEWHERE)]


def check_schema(schema: JsonObject) -> None:
    """Whether parameters can be checked against it at all.

    Raises:
        ValueError: it is no JSON Schema, or too costly.
    """
    try:
        _validator(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS), True)
    except Refused as error:
        raise ValueError(f"parameters cannot be checked: {error}") from error
    except (ValueError, TypeError) as error:
        raise ValueError(f"parameters is no JSON Schema: {str(error).splitlines()[0]}") from error


class _Validator:
    """
    Raises:
        ValueError: it is no schema.
        Refused: it is one that costs too much.
    """

    def __init__(self, schema: JsonValue) -> None:
        graph = read_graph(schema)
        patterns = {pattern for node in graph.nodes for pattern in node.patterns}
        self.costs = Costs(graph, _pattern_costs(patterns))
        self.compiled: Any = _compiled(schema, _PATTERN_SIZES[-1][0])


@lru_cache(maxsize=1024)
def _validator(schema: bytes, named_only: bool) -> _Validator:
    value: JsonValue = orjson.loads(schema)
    check_size(value)
    return _Validator(closed(value) if named_only else value)


def _pattern_costs(patterns: set[str]) -> dict[str, int]:
    """
    Raises:
        Refused: one, or all together, are too large, or the engine cannot read one.
    """
    costs: dict[str, int] = {}
    room = LARGEST_PATTERNS
    for pattern in sorted(patterns):
        size, costs[pattern] = _pattern_size(pattern)
        room -= size
        if room < 0:
            raise Refused(f"their patterns take more than {LARGEST_PATTERNS // 1024**2} MiB")
    return costs


def _pattern_size(pattern: str) -> tuple[int, int]:
    """Bytes at most, and what a character costs."""
    for size, cost in _PATTERN_SIZES:
        try:
            _compiled({"pattern": pattern}, size)
        except ValueError:
            continue
        return size * 1024, cost
    raise Refused(
        f"the pattern {pattern[:128]!r} cannot be read, is too large, looks around or refers back"
    )


def _compiled(schema: JsonValue, pattern_size: int) -> Any:
    size = pattern_size * 1024
    return jsonschema_rs.Draft202012Validator(
        schema,  # type: ignore[arg-type]  # the library says what is no schema
        validate_formats=True,
        retriever=_retrieve_nothing,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=size, dfa_size_limit=256 * 1024),
    )


def _retrieve_nothing(uri: str) -> Any:
    """A schema that points elsewhere is none: the library would fetch the address, or read the
    file, wherever the schema is compiled."""
    raise ValueError("a schema must hold all it refers to")


def _without_echoes(errors: list[Any]) -> list[Any]:
    """Where a branch does not fit, what it names counts as unknown: that is no error of its own."""
    places = [error.instance_path for error in errors if error.kind.name not in _UNKNOWN]
    return [
        error
        for error in errors
        if error.kind.name != "unevaluatedProperties"
        or not any(place[: len(error.instance_path)] == error.instance_path for place in places)
    ]


def _field_errors(error: Any) -> list[FieldError]:
    """One error of the validator; of several unknown parameters one each."""
    pointer = "".join(f"/{escaped(str(part))}" for part in error.instance_path)
    said: dict[str, Any] = error.kind.as_dict()
    rule = str(error.kind.name)
    unknown = said.get("unexpected") if rule in _UNKNOWN else None
    if unknown is not None:
        return [
            FieldError(
                code="parameter_invalid",
                text="the tool has no such parameter",
                pointer=f"{pointer}/{escaped(name[:_GIVEN_CHARACTERS])}",
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
                pointer=f"{pointer}/{escaped(missing)}",
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
            found = unsupported_text(item, f"{pointer}/{escaped(key)}")
            if found is not None:
                return found
    if isinstance(value, list):
        for i, item in enumerate(value):
            found = unsupported_text(item, f"{pointer}/{i}")
            if found is not None:
                return found
    return None
