"""What the models' schemas look like, and what they are called by."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, NewType

import orjson
import pytest
from pydantic import BaseModel, Field, JsonValue, create_model

from schemas.avro import avro_schema, fingerprint, pretty, without_docs
from schemas.events import AnyJson, JsonObject, Reason
from schemas.registry import MODELS, current

Name = NewType("Name", str)


class Colour(StrEnum):
    RED = "red"


def field_of(annotation: Any, default: Any = ...) -> JsonValue:
    """The Avro field that a model's field becomes, without its name."""
    schema = avro_schema(create_model("One", x=(annotation, default)))
    assert isinstance(schema, dict)
    fields = schema["fields"]
    assert isinstance(fields, list)
    (field,) = fields
    assert isinstance(field, dict)
    assert field.pop("name") == "x"
    return field


JSON_TEXT: JsonValue = {"type": "string", "contentType": "application/json"}
TIME: JsonValue = {"type": "long", "logicalType": "timestamp-micros"}


@pytest.mark.parametrize(
    ("annotation", "default", "field"),
    [
        (str, ..., {"type": "string"}),
        (str, "a", {"type": "string", "default": "a"}),
        (Name, ..., {"type": "string"}),
        (Annotated[Name, Field(max_length=3)], ..., {"type": "string"}),
        (Colour, ..., {"type": "string"}),
        (Colour, Colour.RED, {"type": "string", "default": "red"}),
        (int, 3, {"type": "long", "default": 3}),
        (float, 0.5, {"type": "double", "default": 0.5}),
        (bool, False, {"type": "boolean", "default": False}),
        (bytes, ..., {"type": "bytes"}),
        (datetime, ..., {"type": TIME}),
        (datetime | None, None, {"type": ["null", TIME], "default": None}),
        (str | None, ..., {"type": ["null", "string"], "default": None}),
        (Name | None, None, {"type": ["null", "string"], "default": None}),
        (
            Annotated[str, Field(max_length=3)] | None,
            None,
            {"type": ["null", "string"], "default": None},
        ),
        (list[str], ..., {"type": {"type": "array", "items": "string"}, "default": []}),
        (list[str], ["*"], {"type": {"type": "array", "items": "string"}, "default": ["*"]}),
        (
            list[int | None],
            [],
            {"type": {"type": "array", "items": ["null", "long"]}, "default": []},
        ),
        (JsonObject, ..., {"type": JSON_TEXT}),
        (JsonObject, {}, {"type": JSON_TEXT, "default": "{}"}),
        (JsonObject | None, None, {"type": ["null", JSON_TEXT], "default": None}),
        (AnyJson, ..., {"type": JSON_TEXT}),
        (AnyJson, None, {"type": JSON_TEXT, "default": "null"}),
        (AnyJson, [1, "a"], {"type": JSON_TEXT, "default": '[1,"a"]'}),
    ],
)
def test_a_field_in_avro(annotation: Any, default: Any, field: JsonValue) -> None:
    assert field_of(annotation, default) == field


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (dict[str, str], ...),
        (JsonValue, ...),
        (str | int, ...),
        (str | int | None, None),
        (Any, ...),
        (list[dict[str, str]], ...),
        (str | None, "a default that is not null"),
        (datetime, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_what_has_no_form_in_avro_is_named(annotation: Any, default: Any) -> None:
    with pytest.raises(TypeError, match=r"^One\.x: "):
        field_of(annotation, default)


def test_a_record_is_described_once_and_referred_to_after_that() -> None:
    class Pair(BaseModel):
        """Two of them.

        More about it.
        """

        first: Reason
        second: Reason | None = None
        others: list[Reason] = []

    schema = avro_schema(Pair)
    assert isinstance(schema, dict)
    assert (schema["namespace"], schema["name"]) == ("interlock", "Pair")
    assert schema["doc"] == "Two of them."
    first, second, others = orjson.loads(orjson.dumps(schema["fields"]))
    assert first["type"]["name"] == "Reason"
    assert second["type"] == ["null", "interlock.Reason"]
    assert others["type"] == {"type": "array", "items": "interlock.Reason"}


def test_fields_stand_in_the_order_of_the_model() -> None:
    for model in MODELS.values():
        schema = orjson.loads(pretty(current(model)))
        assert [field["name"] for field in schema["fields"]] == list(model.model_fields)


@pytest.mark.parametrize(
    ("schema", "value"),
    [("null", 7195948357588979594), ("int", 8247732601305521295)],
)
def test_fingerprints_are_those_of_the_specification(schema: str, value: int) -> None:
    # From Avro's share/test/data/schema-tests.txt.
    assert fingerprint(schema) == value.to_bytes(8, "little")


def test_docs_defaults_and_meaning_do_not_change_a_fingerprint() -> None:
    bare: JsonValue = {"type": "record", "name": "A", "fields": [{"name": "x", "type": "long"}]}
    full: JsonValue = {
        "type": "record",
        "name": "A",
        "doc": "About it.",
        "fields": [{"name": "x", "type": TIME, "doc": "About x.", "default": 1}],
    }
    assert fingerprint(bare) == fingerprint(full)
    assert without_docs(full) != without_docs(bare)
    assert "doc" not in orjson.dumps(without_docs(full)).decode()
