"""What is shown, labels, bounds and time."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from processors.sensitive import (
    MOST,
    find,
    masked,
    sensitive_labels,
    with_sensitive_labels,
)
from processors.sensitive.hints import Hint
from processors.sensitive.texts import masked_text, spans
from schemas.events import JsonObject
from schemas.settings import PluginSpec
from tests.examples import examples
from tests.stories import Story
from tests.unit.sensitive.test_found import BUSINESS, FOUND

TAGS = {"/who": "pii", "/to": "pii", "/deep/x": "secret"}
PLUGIN = PluginSpec(tool="t", version="1.0.0", parameters={}, sensitive_parameters=TAGS)


def shown(params: JsonObject, tags: dict[str, str] | None = None) -> JsonObject:
    return masked(params, find(params, tags or {}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Escribe a maria.lopez@example.com hoy", "Escribe a m***@example.com hoy"),
        ("ab@example.com", "***@example.com"),
        ("Visa 4111-1111-1111-1111, cad 12/27", "Visa ****1111, cad 12/27"),
        ("ES91 2100 0418 4502 0005 1332", "ES** **** … 1332"),
        ("Llama al 612345678 o al +44 20 7946 0958", "Llama al ***78 o al ***58"),
        ("DNI 12345678Z y SSN 536-22-8726", "DNI *** y SSN ***"),
        ("postgresql://app:s3cr3t@db/x", "postgresql://app:***@db/x"),
        ("4111\u200b1111\u200b11111111 sí", "****1111 sí"),
        ("4111 1111 1111 1111 5555 5555 5555 4444", "****1111 ****4444"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "***"),
        (BUSINESS, BUSINESS),
    ],
)
def test_a_mask_keeps_what_a_person_needs(text: str, expected: str) -> None:
    assert shown({"t": text}) == {"t": expected}


def test_what_the_catalog_tags_is_not_shown() -> None:
    params: JsonObject = {
        "who": {"name": "Ana"},
        "to": ["ana", "eva"],
        "deep": {"x": 7, "y": 8, "z": None},
        "password": "hunter2",
        "n": 3,
    }
    assert shown(params, TAGS) == {
        "who": "***",
        "to": ["***", "***"],
        "deep": {"x": "***", "y": 8, "z": None},
        "password": "***",
        "n": 3,
    }


def test_names_of_properties_are_looked_at_and_no_pointer_shows_them() -> None:
    params: JsonObject = {"maria@example.com": 1, "mario@example.com": {"t": "eva@example.com"}}
    found = find(params, {})
    assert {finding.pointer for finding in found.listed} == {
        "/m***@example.com",
        "/m***@example.com/t",
    }
    assert masked(params, found) == {
        "m***@example.com": 1,
        "m***@example.com (2)": {"t": "e***@example.com"},
    }


SENSITIVE = st.sampled_from([text for _, text in FOUND])
AROUND = st.text(st.sampled_from("ab 1234567890.-+()@*…:=/XESz\n"), max_size=12)
HINTS = st.sampled_from([Hint.NONE, Hint.PHONE | Hint.CARD | Hint.SSN, Hint.KEY, Hint.PASSWORD])


@given(st.lists(SENSITIVE | AROUND, max_size=5), HINTS)
@settings(max_examples=examples(5))
def test_masking_twice_is_masking_once(parts: list[str], hint: Hint) -> None:
    once = masked_text("".join(parts), hint)
    assert masked_text(once, hint) == once
    assert spans(once, hint) == []


@given(st.text(), HINTS)
@settings(max_examples=examples(3))
def test_any_text_can_be_masked(text: str, hint: Hint) -> None:
    once = masked_text(text, hint)
    assert masked_text(once, hint) == once


JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | SENSITIVE,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["who", "to", "deep", "x", "password"]) | SENSITIVE, inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["who", "to", "deep", "token"]), JSON, max_size=3))
@example({"deep": {"password: hunter2x9": 0}})
@settings(max_examples=examples(3))
def test_masked_parameters_stay_as_they_are(params: JsonObject) -> None:
    found = find(params, TAGS)
    once = masked(params, found)
    assert masked(once, found) == once
    assert masked(once, find(once, TAGS)) == once


@given(AROUND, st.sampled_from(["4111111111111111", "5555 5555 5555 4444"]), AROUND)
def test_no_more_than_the_last_four_digits_of_a_card_are_shown(
    before: str, card: str, after: str
) -> None:
    text = f"{before} x {card}, y {after}"
    digits = "".join(c for c in masked_text(f"x {card}, y", Hint.NONE) if c.isdigit())
    assert digits == card[-4:]
    assert card not in masked_text(text, Hint.NONE)


# --- labels and bounds ---------------------------------------------------------------------


def test_labels_are_made_anew_and_others_stay() -> None:
    drafted = Story().drafted()
    forged = drafted.model_copy(
        update={
            "labels": ["format:x", "tag:harmless", "pii:none", "secret:not"],
            "params": {"to": ["a"], "t": "eva@example.com"},
        }
    )
    told = with_sensitive_labels(forged, PLUGIN)
    assert told.labels == ["format:x", "pii:email", "tag:pii"]
    assert with_sensitive_labels(told, PLUGIN) is told
    assert sensitive_labels({"to": None}, PLUGIN) == []
    assert sensitive_labels({"to": []}, None) == []


def test_findings_are_bounded_and_labels_and_masks_are_not() -> None:
    params: JsonObject = {
        "to": [f"person{n}@example.com" for n in range(10_000)],
        "last": "AKIAIOSFODNN7EXAMPLE",
    }
    found = find(params, {})
    assert len(found.listed) <= MOST
    assert found.labels == {"pii:email", "secret:key"}
    assert ("secret:key", "/last") in {(f.label, f.pointer) for f in found.listed}
    hidden = masked(params, found)
    assert hidden["last"] == "***"
    assert hidden["to"] == ["p***@example.com"] * 10_000


@given(
    st.dictionaries(
        st.sampled_from(["nota", "telefono", "token", "ana@example.com"]),
        st.recursive(
            st.lists(
                st.sampled_from([*(text for _, text in FOUND), "Hola", "2026"]), max_size=3
            ).map(" ".join)
            | st.integers(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("x"), inner),
            max_leaves=4,
        ),
    )
)
def test_labels_are_those_of_all_that_is_found(params: JsonObject) -> None:
    tags = {"/nota": "secret", "/token/x": "pii"}
    plugin = PLUGIN.model_copy(update={"sensitive_parameters": tags})
    assert sensitive_labels(params, plugin) == sorted(find(params, tags).labels)


def test_depth_and_odd_values_raise_nothing() -> None:
    deep: JsonValue = "eva@example.com"
    for _ in range(5_000):
        deep = {"n": [deep]}
    params: JsonObject = {
        "deep": deep,
        "pin": 10**5_000,
        "telefono": -(10**30),
        "odd": "\ud800\x00",
        "card": float("inf"),
        "": "",
    }
    assert find(params, TAGS).labels == {"pii:email", "secret:key"}
    hidden = shown(params)
    assert hidden["pin"] == "***"
    assert hidden["telefono"] == params["telefono"]
    inner = hidden["deep"]
    while isinstance(inner, dict | list):
        inner = inner["n"] if isinstance(inner, dict) else inner[0]
    assert inner == "***"


BITS = [
    "@", "a@", "a@b.c", "@a.bc", "1 ", "1-", "1.", "+1", "6", "ES91 ", "eyJ", "eyJ-", "eyJ.",
    "xoxb-", "-----BEGIN PRIVATE KEY", "-----BEGIN ", "://a:", "://", "password=", "a", "４",
    "\u200b", "4111 ", "612 345 678 ", "212-", "12345678", "X1234567 ", "X-", "sk-", "bearer ",
    "tel 6 ", "+34 ", "(1) ", "123-45-", "ghp_", "a.", "a-b.", "00 ", "4 1 1", " ", "AKIA",
]  # fmt: skip


@pytest.mark.timing
@pytest.mark.parametrize("bit", BITS)
def test_time_grows_with_the_text_and_not_with_its_square(bit: str) -> None:
    """16 times the text takes 16 times as long, or 256 times; a busy machine is given room."""
    hint = Hint.KEY | Hint.PHONE | Hint.SSN | Hint.CARD

    def taken(size: int) -> float:
        text = (bit * size)[:size]
        begun = time.process_time()
        masked_text(text, hint)
        return time.process_time() - begun

    small = max(min(taken(16 * 1024) for _ in range(2)), 0.001)
    assert taken(256 * 1024) < 80 * small
