"""What parameters say of an action's size, as the definition declares it."""

import math

import pytest
from pydantic import JsonValue, ValidationError

from processors.impact import impact
from processors.impact.amounts import amount
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel
from tests.unit.impact.making import CALM, level, measured, with_action, with_definition

LOW, MEDIUM, HIGH, CRITICAL = RiskLevel
LEVELS = {MEDIUM: 100, HIGH: 1000, CRITICAL: 10_000}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (99.5, 99.5),
        (-3, -3),
        ("100", 100),
        ("1.000,50", 1000.5),
        ("1,000.50", 1000.5),
        ("1.000", 1000),
        ("1,000", 1000),
        ("1.000.000", 1_000_000),
        ("12,5", 12.5),
        ("1 000,5 €", 1000.5),
        ("EUR 1.234,56", 1234.56),
        ("$1,234.56", 1234.56),
        ("US$ 20", 20),
        ("20 euros", 20),
        ("1'000.25 CHF", 1000.25),
        ("−5", -5),
        ("1e3", 1000),
        ("١٠٠", 100),
        ("１００", 100),
        (".5", 0.5),
    ],
)
def test_amounts_are_read_in_anybodys_notation(value: JsonValue, number: float) -> None:
    assert amount(value) == number


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "-", ",", "ten", "10k", "1 millón", "2M", "0x10", "(100)", "1/2", "1-2", "٪",
        "10²", "100 xyz", "1" * 65, "1e9999", "NaN", "Infinity", "€ $ 5", math.nan, math.inf,
        10**400, -(10**400), True, None, [], {}, [1], "\ud800", "1\x00",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_large(value: JsonValue) -> None:
    assert amount(value) == math.inf
    assert level({"n": value}, "amount", "/n", levels=LEVELS) is CRITICAL


@pytest.mark.parametrize(
    ("params", "pointer", "expected"),
    [
        ({}, "/n", LOW),
        ({"n": 99}, "/n", LOW),
        ({"n": 100}, "/n", MEDIUM),
        ({"n": -100}, "/n", MEDIUM),
        ({"n": "9.999,99"}, "/n", HIGH),
        ({"lines": [{"n": 60}, {"n": 60}]}, "/lines/*/n", MEDIUM),
        ({"lines": [{"n": 10_000}, {"n": -10_000}]}, "/lines/*/n", CRITICAL),
        ({"lines": [{"n": 1}, "?"]}, "/lines/*/n", CRITICAL),
        ({"a": {"b~/c": 1000}}, "/a/b~0~1c", HIGH),
        ({"a": [1, 1000]}, "/a/1", HIGH),
        ({"a": 1000}, "/a/b", CRITICAL),
        ({"n": 1.7e308, "m": 1.7e308}, "/*", CRITICAL),
    ],
)
def test_amounts_add_up_against_their_levels(
    params: dict[str, JsonValue], pointer: str, expected: RiskLevel
) -> None:
    assert level(params, "amount", pointer, levels=LEVELS) is expected


def test_a_quantity_below_zero_may_say_more() -> None:
    assert level({"n": -1}, "quantity", "/n", levels=LEVELS, negative=HIGH) is HIGH
    assert level({"n": 1}, "quantity", "/n", levels=LEVELS, negative=HIGH) is LOW


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("ana", LOW),
        (["ana", "team-7"], LOW),
        ("ana@acme.example", LOW),
        ("ANA@Mail.ACME.example", LOW),
        ("ES9121000418450200051332", LOW),
        ("ana@acme.example, eva@evil.example", HIGH),
        ("ana@acme.example\nBcc: x@evil.example", HIGH),
        ("x@notacme.example", HIGH),
        ("x@acme.example.evil.example", HIGH),
        ("a@acme.example@evil.example", HIGH),
        ("<a@acme.example>", HIGH),
        ("x@evil.example?cc=a@acme.example", HIGH),
        ("x@аcme.example", HIGH),
        ("evil.example", HIGH),
        ("https://evil.example", HIGH),
        ("+34 612 345 678", HIGH),
        ("u6123456789", HIGH),
        (7, HIGH),
        ([{"address": "x@evil.example"}], HIGH),
        ([None], HIGH),
    ],
)
def test_recipients_are_the_tenants_own_known_or_outside(
    to: JsonValue, expected: RiskLevel
) -> None:
    assert level({"to": to}, "recipients", "/to", plain_names=True) is expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("ana", HIGH),
        (["ana@acme.example", "ana"], HIGH),
        ("ana@acme.example", LOW),
        ("ES9121000418450200051332", LOW),
        ([], LOW),
        (None, LOW),
    ],
)
def test_a_plain_name_may_be_anybody_where_addresses_are_taken(
    to: JsonValue, expected: RiskLevel
) -> None:
    assert level({"to": to}, "recipients", "/to") is expected


@pytest.mark.parametrize(
    "to",
    [
        "everyone", "Everybody", "anyone", "public", "todos", "TODAS", "all", "@here", "#public",
        "*", "todo el mundo", "ana, anyone", "ｅｖｅｒｙｏｎｅ",
        "*@acme.example", "100%@acme.example",
    ],
)  # fmt: skip
def test_everybody_is_nobodys_colleague(to: str) -> None:
    assert level({"to": to}, "recipients", "/to", plain_names=True) is HIGH
    assert level({"to": ["ana", to]}, "recipients", "/to", plain_names=True) is HIGH


def test_many_recipients_count_even_in_one_text() -> None:
    many = ", ".join(f"p{n}@acme.example" for n in range(50))
    assert level({"to": many}, "recipients", "/to", levels={MEDIUM: 50}) is MEDIUM
    assert level({"to": []}, "recipients", "/to", missing=CRITICAL) is CRITICAL
    assert level({}, "recipients", "/to", missing=CRITICAL) is CRITICAL


def test_recipients_are_counted_in_all_their_places_together() -> None:
    places = [
        Magnitude(kind=MagnitudeKind.RECIPIENTS, pointer=place, levels={HIGH: 10})
        for place in ("/to", "/cc", "/bcc", "/to")
    ]
    at = with_definition(CALM, magnitudes=places)
    to, cc = ([f"{name}{n}@acme.example" for n in range(5)] for name in "ab")
    few = with_action(at, params={"to": to, "cc": cc[:4], "bcc": None})
    many = with_action(at, params={"to": to, "cc": cc[:4], "bcc": "c@acme.example"})
    assert impact(few).risk_level is LOW
    assert impact(many).risk_level is HIGH


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("payee", "ES91 2100 0418 4502 0005 1332", LOW),
        ("payee", "es91-2100-0418-4502-0005-1332", LOW),
        ("payee", "GB29NWBK60161331926819", HIGH),
        ("payee", None, HIGH),
        ("bulk", list(range(1000)), HIGH),
        ("bulk", {"a": 1}, LOW),
        ("wildcard", "*", HIGH),
        ("wildcard", "A%", HIGH),
        ("wildcard", " ALL ", HIGH),
        ("wildcard", "todos", HIGH),
        ("wildcard", "", HIGH),
        ("wildcard", {}, HIGH),
        ("wildcard", {"status": [""]}, HIGH),
        ("wildcard", {"status": "open"}, LOW),
        ("wildcard", 0, LOW),
        ("delete", "delete_all", HIGH),
        ("delete", "ＤＥＬＥＴＥ", HIGH),
        ("delete", "borrar", HIGH),
        ("delete", True, HIGH),
        ("delete", False, LOW),
        ("delete", "create", LOW),
        ("credential", "hunter2", HIGH),
        ("credential", " ", LOW),
        ("permission", "reader", HIGH),
        ("permission", [], LOW),
    ],
)
def test_kinds(kind: str, value: JsonValue, expected: RiskLevel) -> None:
    said = {"levels": LEVELS} if kind == "bulk" else {}
    assert level({"x": value}, kind, "/x", **said) is expected


def test_words_of_its_own_narrow_a_permission() -> None:
    words = ["admin", "owner"]
    assert level({"role": "reader"}, "permission", "/role", words=words) is LOW
    assert level({"role": "Admin"}, "permission", "/role", words=words) is HIGH
    assert level({"role": "*"}, "permission", "/role", words=words) is HIGH


def test_a_filter_that_is_not_there_limits_nothing() -> None:
    assert level({}, "wildcard", "/filter", missing=CRITICAL) is CRITICAL
    assert level({}, "wildcard", "/filter") is LOW


def test_what_is_told_names_the_pointer_and_never_the_value() -> None:
    found = measured({"to": "secret@evil.example"}, "recipients", "/to")
    part = found.parts[-1]
    assert (part.name, part.points) == ("recipients", 60)
    assert part.text.startswith("/to: ")
    assert "evil" not in part.text


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "amount", "pointer": "/n"},
        {"kind": "payee", "pointer": "n"},
        {"kind": "payee", "pointer": "/~2"},
        {"kind": "amount", "pointer": "/n", "levels": {"high": math.inf}},
        {"kind": "amount", "pointer": "/n", "levels": {"huge": 1}},
        {"kind": "vibes", "pointer": "/n"},
    ],
)
def test_a_magnitude_that_says_nothing_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Magnitude.model_validate(said)


def test_every_kind_is_measured() -> None:
    for kind in MagnitudeKind:
        assert level({"x": 5}, kind, "/x", levels=LEVELS) in RiskLevel
