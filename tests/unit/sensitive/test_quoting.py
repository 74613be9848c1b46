"""Texts that quote parameters: what of them is told, and that the telling is bounded."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from processors.sensitive import (
    is_sensitive,
    sensitive_texts,
    unquoted,
    unquoted_errors,
    unquoted_value,
)
from processors.sensitive.quoting import MOST_SOUGHT
from processors.validation import check_params
from schemas.events import FieldError, JsonObject

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "nota": {"type": "integer"},
        "tipo": {"enum": ["alta", "baja"]},
        "lista": {"type": "array", "items": {"maxLength": 2}, "maxItems": 1},
        "dentro": {"type": "object", "properties": {"nota": {"maxLength": 3}}, "maxProperties": 1},
    },
    "required": ["tipo"],
}
TAGS = {"/nota": "medical", "/dentro/nota": "medical"}
WORDS = st.text("abcdefgh \"'\\ñ\n", min_size=3, max_size=30).map(lambda text: f"<{text}>")


@given(WORDS, WORDS, st.sampled_from(["texto", [1], {"a": "b"}]))
def test_a_tagged_value_is_in_no_error_however_it_is_wrong(
    secret: str, other: str, around: JsonValue
) -> None:
    params: JsonObject = {
        "nota": [secret, {"x": around}],
        "tipo": f"es {secret}",
        "lista": [other, f"{secret} {other}"],
        "dentro": {"nota": secret, "mas": around},
    }
    errors = unquoted_errors(check_params(SCHEMA, params), params, TAGS)
    assert {error.pointer for error in errors} >= {"/nota", "/tipo", "/dentro/nota"}
    for error in errors:
        assert secret not in error.text
        assert secret not in str(error.given)


def test_an_error_about_nothing_sensitive_stays_as_it_is() -> None:
    params: JsonObject = {"tipo": "mucha", "otra": 1}
    errors = check_params(SCHEMA, params)
    assert unquoted_errors(errors, params, TAGS) == errors


def test_a_pointer_is_masked_only_where_a_name_is_sensitive_itself() -> None:
    params: JsonObject = {"nota": "tipo", "tipo": 7, "eva@example.com": 1}
    errors = unquoted_errors(check_params(SCHEMA, params), params, TAGS)
    assert {error.pointer for error in errors} == {"/nota", "/tipo", "/e***@example.com"}


@pytest.mark.parametrize("pointer", ["/lista/99999999999999999999", "/nota/x", "/~2", "x", "//"])
def test_a_pointer_to_nothing_is_no_trouble(pointer: str) -> None:
    error = FieldError(code="x", text="eva@example.com", pointer=pointer, rule="type")
    (told,) = unquoted_errors([error], {"nota": "a", "lista": [1]}, TAGS)
    assert "eva@" not in told.text


def test_texts_are_sought_in_values_of_any_shape() -> None:
    result: JsonValue = {"eco": ["diagnóstico: gripe", 4711], "gripe": None, "ok": True}
    assert unquoted_value(result, ("gripe", "4711")) == {
        "eco": ["diagnóstico: ***", "***"],
        "***": None,
        "ok": True,
    }


def test_whole_values_of_tags_and_what_detectors_find_are_sought() -> None:
    params: JsonObject = {"nota": "a eva@example.com", "dentro": {"nota": ["gripe", 4711, "no"]}}
    found = sensitive_texts(params, {"/dentro/nota": "medical"})
    assert found == ("eva@example.com", "gripe", "4711")


def test_of_very_many_nothing_that_may_quote_them_is_told_and_soon() -> None:
    params: JsonObject = {"tipo": [f"persona{n}@example.com" for n in range(30_000)]}
    began = time.process_time()
    assert sensitive_texts(params, {}) is None
    assert unquoted("cualquier cosa", None) == "***"
    assert unquoted_value({"a": 1}, None) == "***"
    errors = unquoted_errors(check_params(SCHEMA, params), params, {})
    assert [(e.pointer, e.text) for e in errors] == [
        ("/tipo", "the value does not keep the rule `enum`")
    ]
    assert time.process_time() - began < 5
    assert len(params["tipo"]) > MOST_SOUGHT  # type: ignore[arg-type]


def test_labels_say_whether_there_is_anything_to_seek() -> None:
    assert is_sensitive(["format:x", "tag:medical"])
    assert is_sensitive(["pii:email"])
    assert not is_sensitive(["format:x", "confidence:assumed"])
