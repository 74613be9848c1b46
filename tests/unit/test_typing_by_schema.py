"""What came without a type takes its schema's; nothing else is coerced unless that says so."""

import pytest
from pydantic import JsonValue

from processors.typing_by_schema import typed


@pytest.mark.parametrize(
    ("said", "text", "guessed", "expected"),
    [
        ({"type": "string"}, "007", 7, "007"),
        ({"type": "string"}, "true", True, "true"),
        ({"type": "string"}, '{"a": 1}', {"a": 1}, '{"a": 1}'),
        ({"type": "integer"}, "7", 7, 7),
        ({"type": "integer"}, "siete", "siete", "siete"),
        ({"type": ["integer", "string"]}, "7", 7, "7"),
        ({"type": ["integer", "string"]}, "true", True, "true"),
        ({"type": ["null", "string"]}, "null", None, None),
        ({"type": "array"}, "[1]", [1], [1]),
        ({"enum": ["7"]}, "7", 7, "7"),
        (True, "7", 7, 7),
    ],
)
def test_a_text_without_a_type(
    said: JsonValue, text: str, guessed: JsonValue, expected: JsonValue
) -> None:
    found = typed({"properties": {"p": said}}, {"p": guessed, "q": "1"}, {"p": text})
    assert found == {"p": expected, "q": "1"}
    assert type(found["p"]) is type(expected)


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("integer", "7", 7),
        ("integer", " -7 ", -7),
        ("integer", "7.5", "7.5"),
        ("integer", "1,000", "1,000"),
        ("integer", "1e3", "1e3"),
        ("number", "7.5", 7.5),
        ("number", "NaN", "NaN"),
        ("boolean", "true", True),
        ("boolean", "yes", "yes"),
        ("boolean", 1, 1),
        ("string", 7, 7),
        ("string", 1.10, 1.1),
        ("string", 1e22, 1e22),
        ("string", True, "true"),
        ("string", None, None),
        ("array", "[1]", "[1]"),
    ],
)
def test_coercion_where_the_schema_says_so(
    kind: str, given: JsonValue, expected: JsonValue
) -> None:
    said: JsonValue = {"type": kind, "x-coerce": True}
    found = typed({"properties": {"p": said}}, {"p": given}, {})["p"]
    assert (found, type(found)) == (expected, type(expected))
    plain: JsonValue = {"type": kind}
    assert typed({"properties": {"p": plain}}, {"p": given}, {}) == {"p": given}
