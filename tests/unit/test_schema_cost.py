"""Whatever a schema and the parameters are, checking them ends soon and takes little memory."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from pydantic import JsonValue

from processors.schema_graph import LARGEST, LONGEST_CHAIN, MOST_SCHEMAS
from processors.validation import check_params, check_schema
from schemas.events import JsonObject


@contextmanager
def soon(seconds: float = 1.0) -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


def filters(word: str) -> JsonObject:
    """`and` and `or` of filters, or a field."""

    def several(op: str) -> JsonObject:
        return {
            "properties": {
                "args": {"type": "array", "items": {"$ref": "#/$defs/filter"}},
                "op": {"const": op},
            },
            "required": ["op", "args"],
        }

    field: JsonObject = {"properties": {"field": {"type": "string"}}, "required": ["field"]}
    return {
        "properties": {"where": {"$ref": "#/$defs/filter"}},
        "$defs": {"filter": {word: [several("and"), several("or"), field]}},
    }


def nested(levels: int, leaf: JsonObject) -> JsonObject:
    value: JsonValue = leaf
    for _ in range(levels):
        value = {"op": "or", "args": [value]}
    return {"where": value}


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
@pytest.mark.parametrize("levels", [1, 6, 15, 30])
def test_parameters_deep_in_a_schema_of_alternatives_are_checked_soon(
    word: str, levels: int
) -> None:
    with soon():
        assert check_params(filters(word), nested(levels, {"field": "x"})) == []
        [error] = check_params(filters(word), nested(levels, {"wrong": 1}))
    assert error.code == "parameter_invalid"
    # Of a few levels it is said where, of many only that.
    assert (error.rule is None) == (levels > 10)


def test_a_value_the_schema_of_alternatives_has_no_end_for_is_refused_unchecked() -> None:
    pairs: JsonObject = {"properties": {"a": {"$ref": "#/$defs/0"}}, "$defs": {"40": {}}}
    levels: JsonObject = {
        f"{i}": {"allOf": [{"properties": {"a": {"$ref": f"#/$defs/{i + 1}"}}}] * 2}
        for i in range(40)
    }
    schema: JsonObject = {**pairs, "$defs": {**levels, "40": {}}}
    value: JsonValue = {}
    for _ in range(20):
        value = {"a": value}
    with soon():
        check_schema(schema)
        [error] = check_params(schema, {"a": value})
    assert error.code == "parameters_too_large"


def doubled(levels: int, word: str, leaf: JsonObject, times: int = 2) -> JsonObject:
    named: JsonObject = {
        f"{i}": {word: [{"$ref": f"#/$defs/{i + 1}"}] * times} for i in range(levels)
    }
    return {"$ref": "#/$defs/0", "$defs": {**named, f"{levels}": leaf}}


def chained(length: int) -> JsonObject:
    named: JsonObject = {f"{i}": {"$ref": f"#/$defs/{i + 1}"} for i in range(length)}
    return {"$ref": "#/$defs/0", "$defs": {**named, f"{length}": {}}}


def deep(levels: int) -> JsonObject:
    schema: JsonObject = {}
    for _ in range(levels):
        schema = {"properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (doubled(15, "allOf", {"type": "object"}, 3), "multiply"),
        (doubled(15, "anyOf", {"required": ["z"]}, 3), "multiply"),
        (doubled(40, "allOf", {}), "refer one to the next"),
        (chained(LONGEST_CHAIN + 1), "refer one to the next"),
        ({"$ref": "#"}, "without going a level down"),
        ({"not": {"$ref": "#/$defs/a"}, "$defs": {"a": {"not": {"$ref": "#"}}}}, "a level down"),
        (deep(30), "deeper"),
        ({"description": "x" * LARGEST}, "larger"),
        ({"prefixItems": [{"type": "string"}] * (MOST_SCHEMAS // 2)}, None),
        ({"enum": list(range(5_000))}, None),
        ({"anyOf": [{"type": "null"}] * (MOST_SCHEMAS + 1)}, "more than 2,000 schemas"),
        ({"$ref": "#/$defs/none"}, "nothing at"),
        ({"$ref": "#none"}, "anchor"),
        ({"properties": {"a": {"$id": "http://x/y", "$ref": "#/a"}}}, "$id"),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "hold all it refers to"),
        ({"pattern": "^(?!q)a"}, "looks around"),
        ({"pattern": r"(a)\1"}, "refers back"),
        ({"patternProperties": {"((a{100}){100}){100}": {}}}, "too large"),
        ({"properties": {f"p{i}": {"pattern": rf"\p{{L}}{{9}}{i}"} for i in range(99)}}, "MiB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_schema_is_bounded_when_it_is_read(schema: JsonObject, why: str | None) -> None:
    with soon():
        if why is None:
            check_schema(schema)
        else:
            with pytest.raises(ValueError, match=re.escape(why)):
                check_schema(schema)


def test_what_plugins_publish_is_well_below_the_bounds() -> None:
    schemas = list(Path("plugins/parameters").glob("*.json"))
    assert schemas
    for file in schemas:
        check_schema(orjson.loads(file.read_bytes()))
    check_schema(deep(20))
    check_schema(filters("anyOf"))
    check_schema({"$id": "https://x/y.json", "$ref": "https://x/y.json#a", "$defs": {"a": A}})


A: JsonObject = {"$anchor": "a", "pattern": "^[^@ ]{1,64}@[a-z0-9.-]{1,255}$"}


def test_a_tree_of_expressions_is_no_bomb() -> None:
    """Ten kinds of expression, each with two more in it: as compilers and filters have it."""
    kinds: list[JsonValue] = [
        {
            "type": "object",
            "properties": {
                "op": {"const": f"op{i}"},
                "left": {"$ref": "#/$defs/e"},
                "right": {"$ref": "#/$defs/e"},
            },
            "required": ["op", "left", "right"],
        }
        for i in range(10)
    ]
    schema: JsonObject = {
        "properties": {"e": {"$ref": "#/$defs/e"}},
        "$defs": {"e": {"oneOf": [*kinds, {"type": "number"}]}},
    }
    value: JsonValue = 1
    for i in range(25):
        value = {"op": f"op{i % 10}", "left": value, "right": i}
    with soon():
        check_schema(schema)
        assert check_params(schema, {"e": value}) == []
        assert len(check_params(schema, {"e": {"op": "op1", "left": value}})) == 1


def test_patterns_take_linear_time() -> None:
    schema: JsonObject = {"properties": {"x": {"items": {"pattern": "^(a+)+(a|aa)*$"}}}}
    with soon():
        assert check_params(schema, {"x": ["a" * 9_999 + "b"] * 20})


def test_many_errors_are_not_all_collected() -> None:
    schema: JsonObject = {"properties": {"x": {"items": {"type": "string"}}}}
    with soon():
        [error] = check_params(schema, {"x": list(range(240_000))})
    assert (error.code, error.rule) == ("parameter_invalid", None)
