"""What a schema allows, however it says so, decides whether a text stays the text it is."""

import time

import pytest
from pydantic import JsonValue

from processors.allowed_types import allowed_types
from processors.formats import Proposal, read_output
from processors.typing_by_schema import typed

NULL_OR: JsonValue = [{"type": "string"}, {"type": "null"}]
OPTIONAL: JsonValue = {"anyOf": NULL_OR, "default": None}
DEFS: JsonValue = {
    "sku": {"type": "string", "pattern": "^[0-9]+$"},
    "a/b": {"type": "string"},
    "loop": {"anyOf": [{"$ref": "#/$defs/loop"}, {"$ref": "#/$defs/loop"}]},
}
TEXTS: list[JsonValue] = [
    OPTIONAL,
    {"oneOf": NULL_OR},
    {"type": ["string", "null"]},
    {"type": ["string", "number"]},
    {"anyOf": [{"type": "string"}, {"type": "number"}]},
    {"$ref": "#/$defs/sku"},
    {"$ref": "#/$defs/a~1b", "description": "x"},
    {"anyOf": [{"$ref": "#/$defs/sku"}, {"type": "integer"}]},
    {"allOf": [{"$ref": "#/$defs/sku"}, {"maxLength": 9}]},
    {"enum": ["1", "2"]},
    {"const": "1"},
]


def read(said: JsonValue, text: str) -> JsonValue:
    [found] = read_output(f"<function=f><parameter=p>{text}</parameter></function>")
    assert isinstance(found, Proposal)
    schema: dict[str, JsonValue] = {"properties": {"p": said}, "$defs": DEFS}
    return typed(schema, found.params, found.texts)["p"]


@pytest.mark.parametrize("said", TEXTS)
@pytest.mark.parametrize("text", ["12345", "007", "1e3", "1.10", "true", '["a"]', "x"])
def test_where_a_text_is_allowed_it_stays_as_written(said: JsonValue, text: str) -> None:
    assert read(said, text) == text


def test_null_is_null_where_null_is_allowed() -> None:
    assert read(OPTIONAL, "null") is None
    assert read({"type": "string"}, "null") == "null"
    assert read(OPTIONAL, "Null") == "Null"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "integer"},
        {"anyOf": [{"type": "number"}, {"type": "null"}]},
        {"allOf": [{"type": ["string", "integer"]}, {"type": "number"}]},
        {"enum": [12, 13]},
        {},
        True,
        {"anyOf": [{"type": "string"}, {}]},
        {"$ref": "https://example.org/sku"},
        {"$ref": "#/$defs/none"},
        {"$ref": "#/$defs/loop"},
    ],
)
def test_elsewhere_it_is_what_it_reads_as(said: JsonValue) -> None:
    assert read(said, "12") == 12


def test_properties_behind_a_reference() -> None:
    inner: JsonValue = {"type": "object", "properties": {"p": {"type": "string"}}}
    schemas: list[dict[str, JsonValue]] = [
        {"$ref": "#/$defs/P", "$defs": {"P": inner}},
        {"allOf": [inner, {"required": ["p"]}]},
    ]
    for schema in schemas:
        assert typed(schema, {"p": 7}, {"p": "007"}) == {"p": "007"}


def test_circles_and_branches_cost_little() -> None:
    began = time.process_time()
    loop: JsonValue = {"anyOf": [{"$ref": "#"}] * 500, "allOf": [{"$ref": "#"}] * 500}
    assert isinstance(loop, dict)
    assert allowed_types(loop, loop) is None
    assert typed(loop, {"p": 1}, {"p": "1"}) == {"p": 1}
    assert time.process_time() - began < 0.5
