"""A tool's parameters: the JSON Schema it publishes and the check against it."""

from dataclasses import dataclass
from importlib.resources import files

import jsonschema_rs
import orjson
from pydantic import JsonValue

from plugins.call import Params

_LONGEST_ECHO = 80
_MOST_VIOLATIONS = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule. `pointer` (RFC 6901) starts at the params, not at the call.

    A property that is missing or should not be there is pointed at itself, not at the
    object around it, so that a form can mark the field.
    """

    pointer: str
    rule: str
    given: JsonValue
    expected: JsonValue

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "pointer": self.pointer,
            "rule": self.rule,
            "given": self.given,
            "expected": self.expected,
        }


class ParameterSchema:
    """JSON Schema 2020-12 of `parameters/<tool>.json`, `format` asserted."""

    def __init__(self, document: dict[str, JsonValue]) -> None:
        self.document = document
        self._validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True)

    @classmethod
    def of(cls, tool: str) -> "ParameterSchema":
        return cls(orjson.loads(files("plugins").joinpath(f"parameters/{tool}.json").read_bytes()))

    def violations(self, params: Params) -> list[Violation]:
        """What is wrong with `params`, the first 20 of it; empty if nothing."""
        if self._validator.is_valid(params):
            return []
        found: list[Violation] = []
        for error in self._validator.iter_errors(params):
            found.extend(_violations(error))
            if len(found) >= _MOST_VIOLATIONS:
                break
        return found[:_MOST_VIOLATIONS]


def _violations(error: jsonschema_rs.ValidationError) -> list[Violation]:
    kind = error.kind
    path = list(error.instance_path)
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        return [Violation(_pointer([*path, kind.property]), "required", None, "present")]
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        return [
            Violation(_pointer([*path, name]), "additionalProperties", None, "absent")
            for name in kind.unexpected
        ]
    return [Violation(_pointer(path), kind.name, _echo(error.instance), kind.value)]


def _pointer(path: list[str | int]) -> str:
    parts = [str(part)[:_LONGEST_ECHO] for part in path]
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)


def _echo(given: object) -> JsonValue:
    """The value itself if it is short, else what it is or how it begins."""
    match given:
        case dict() | list():
            return f"{'an object' if isinstance(given, dict) else 'an array'} of {len(given)}"
        case str() if len(given) > _LONGEST_ECHO:
            return f"{given[:_LONGEST_ECHO]}…"
        case str() | int() | float() | None:
            return given
    return str(given)
