"""Errors a model's side can correct itself by: where, which rule, what was given and expected."""

import pytest
from pydantic import JsonValue

from processors.validation import MOST_ERRORS, check_params
from schemas.events import JsonObject

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "titulo": {"type": "string", "minLength": 3},
        "prioridad": {"enum": ["alta", "media", "baja"]},
        "cantidad": {"type": "integer", "maximum": 100},
        "fecha": {"type": "string", "format": "date"},
        "lineas": {"type": "array", "items": {"type": "object", "required": ["sku"]}},
    },
    "required": ["titulo"],
}


def only(params: JsonObject, schema: JsonObject = SCHEMA) -> dict[str, object]:
    [error] = check_params(schema, params)
    return error.model_dump(exclude={"code", "text"})


@pytest.mark.parametrize(
    ("params", "pointer", "rule", "given", "expected"),
    [
        ({}, "/titulo", "required", None, "titulo"),
        ({"titulo": 5}, "/titulo", "type", "5", '["string"]'),
        ({"titulo": "ab"}, "/titulo", "minLength", '"ab"', "3"),
        (
            {"titulo": "abc", "prioridad": "ALTA"},
            "/prioridad",
            "enum",
            '"ALTA"',
            '["alta", "media", "baja"]',
        ),
        ({"titulo": "abc", "cantidad": 101}, "/cantidad", "maximum", "101", "100"),
        # Coercion is only where the schema says so, and this one does not.
        ({"titulo": "abc", "cantidad": "7"}, "/cantidad", "type", '"7"', '["integer"]'),
        ({"titulo": "abc", "fecha": "2026-02-30"}, "/fecha", "format", '"2026-02-30"', '"date"'),
        ({"titulo": "abc", "lineas": [{}]}, "/lineas/0/sku", "required", None, "sku"),
    ],
)
def test_an_error_says_where_which_rule_what_was_given_and_expected(
    params: JsonObject, pointer: str, rule: str, given: str | None, expected: str
) -> None:
    assert only(params) == {"pointer": pointer, "rule": rule, "given": given, "expected": expected}


@pytest.mark.parametrize(
    "schema",
    [SCHEMA, {"allOf": [SCHEMA], "properties": {}}],
    ids=["plain", "composed"],
)
def test_a_parameter_the_schema_does_not_name_is_refused(schema: JsonObject) -> None:
    assert check_params(schema, {"titulo": "abc", "prioridad": "alta"}) == []
    error = only({"titulo": "abc", "a/b~": 1}, schema)
    assert (error["pointer"], error["given"]) == ("/a~1b~0", "a/b~")


@pytest.mark.parametrize(
    "schema",
    [
        {**SCHEMA, "additionalProperties": True},
        {**SCHEMA, "additionalProperties": {"type": "integer"}},
        {"type": "object"},
    ],
    ids=["open", "typed", "names none"],
)
def test_unless_the_schema_itself_takes_it(schema: JsonObject) -> None:
    assert check_params(schema, {"titulo": "abc", "other": 1}) == []


def test_at_most_ten_errors_come_back_and_what_was_given_is_short() -> None:
    errors = check_params(SCHEMA, {f"p{n}": 1 for n in range(1_000)})
    assert len(errors) == MOST_ERRORS
    [error] = check_params(SCHEMA, {"titulo": "abc", "prioridad": "x" * 9_000})
    assert len(error.given or "") <= 120
    assert len(error.text) <= 500


ADDRESS: JsonObject = {"type": "object", "properties": {"city": {"type": "string"}}}
IN_DEFS: JsonObject = {"address": ADDRESS, "nothing": {"type": "null"}}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/address"},
        {"allOf": [{"$ref": "#/$defs/address"}]},
        {"oneOf": [{"$ref": "#/$defs/address"}, {"type": "null"}]},
        {"anyOf": [{"properties": {"city": {}}}, {"properties": {"town": {}}}]},
        {"$ref": "#address", "$defs": {"a": {**ADDRESS, "$anchor": "address"}}},
    ],
    ids=["ref", "allOf", "oneOf", "anyOf", "anchor"],
)
def test_what_a_composed_schema_names_nowhere_is_refused(schema: JsonObject) -> None:
    whole: JsonObject = {"$defs": IN_DEFS, **schema}
    assert check_params(whole, {"city": "Lima"}) == []
    error = only({"city": "Lima", "x": 1}, whole)
    assert (error["pointer"], error["rule"]) == ("/x", "unevaluatedProperties")


@pytest.mark.parametrize(
    "schema",
    [
        {"anyOf": [{"$ref": "#/$defs/address"}, {"type": "object"}]},
        {"anyOf": [{"$ref": "#/$defs/address"}, True]},
        {"allOf": [{"$ref": "#/$defs/address"}], "additionalProperties": True},
        {"allOf": [{"properties": {"a": {}}, "additionalProperties": True}]},
        {"allOf": [{"required": ["x"]}]},
        {"$ref": "#/$defs/map"},
    ],
)
def test_a_composed_schema_that_takes_any_name_still_does(schema: JsonObject) -> None:
    whole: JsonObject = {"$defs": {**IN_DEFS, "map": {"type": "object"}}, **schema}
    assert check_params(whole, {"city": "Lima", "x": 1}) == []


@pytest.mark.parametrize(
    ("said", "given", "pointer"),
    [
        (ADDRESS, {"x": 1}, "/p/x"),
        ({"$ref": "#/$defs/address"}, {"x": 1}, "/p/x"),
        ({"anyOf": [{"$ref": "#/$defs/address"}, {"type": "null"}]}, {"x": 1}, "/p/x"),
        ({"type": "array", "items": ADDRESS}, [{}, {"x": 1}], "/p/1/x"),
        ({"prefixItems": [ADDRESS]}, [{"x": 1}], "/p/0/x"),
        ({"additionalProperties": ADDRESS}, {"home": {"x": 1}}, "/p/home/x"),
        ({**ADDRESS, "anyOf": [{"required": ["city"]}, {"required": ["x"]}]}, {"x": 1}, "/p/x"),
        ({"properties": {"a": ADDRESS}}, {"a": {"x": 1}}, "/p/a/x"),
    ],
)
def test_objects_within_the_parameters_are_closed_too(
    said: JsonObject, given: JsonValue, pointer: str
) -> None:
    schema: JsonObject = {"properties": {"p": said}, "$defs": IN_DEFS}
    assert only({"p": given}, schema)["pointer"] == pointer


@pytest.mark.parametrize(
    "schema",
    [
        # Two schemas look at `p`, and each names a part of it.
        {"properties": {"p": ADDRESS}, "allOf": [{"properties": {"p": {"properties": {"x": {}}}}}]},
        {
            "properties": {"p": ADDRESS},
            "patternProperties": {"^p": {"properties": {"x": {}}}},
        },
        {
            "properties": {
                "home": ADDRESS,
                "p": {"allOf": [{"$ref": "#/properties/home"}, {"properties": {"x": {}}}]},
            }
        },
        {"properties": {"p": {**ADDRESS, "additionalProperties": True}}},
        {"properties": {"p": {"type": "object"}}},
        {"properties": {"p": {"not": {"properties": {"city": {"const": "Oz"}}}}}},
    ],
)
def test_unless_another_schema_names_it_or_the_schema_takes_it(schema: JsonObject) -> None:
    assert check_params(schema, {"p": {"city": "Lima", "x": 1}}) == []


def test_an_unknown_name_is_told_only_where_nothing_else_is_wrong() -> None:
    """Of a branch that does not fit, no name is known."""
    schema: JsonObject = {
        "properties": {"p": {"anyOf": [{"$ref": "#/$defs/address"}, {"type": "null"}]}},
        "allOf": [{"properties": {"q": {"type": "integer"}}}],
        "$defs": IN_DEFS,
    }
    assert only({"p": {"city": 5}}, schema)["rule"] == "anyOf"
    assert only({"q": "5"}, schema)["pointer"] == "/q"
    assert only({"p": {"city": "Lima"}, "x": 1}, schema)["pointer"] == "/x"
