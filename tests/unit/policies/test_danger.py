"""Kinds of danger as labels that rules are written over."""

from dataclasses import replace
from typing import Any

import pytest

from processors.impact import impact
from processors.policies import danger_labels
from schemas.magnitudes import Magnitude
from schemas.settings import PluginSpec
from tests.unit.impact.making import CALM, DEFINITION, PLUGIN, with_action

OWN = "ana@acme.example"
KNOWN = "ES91 2100 0418 4502 0005 1332"
TO = {"kind": "recipients", "pointer": "/to"}
CC = {"kind": "recipients", "pointer": "/cc"}
PAYEE = {"kind": "payee", "pointer": "/payee"}


def labels(
    params: dict[str, Any], *magnitudes: dict[str, Any], of_plugin: bool = False
) -> set[str]:
    declared = {"magnitudes": [Magnitude.model_validate(said) for said in magnitudes]}
    definition = DEFINITION if of_plugin else DEFINITION.model_copy(update=declared)
    plugin = PLUGIN.model_copy(update=declared) if of_plugin else PLUGIN
    considered = with_action(CALM, params=params)
    found = impact(replace(considered, definition=definition, plugin=plugin))
    told = danger_labels(considered.action, definition, plugin, found)
    return {label for label in told if label.startswith(("danger:", "known:"))}


@pytest.mark.parametrize("of_plugin", [False, True])
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, set()),
        ({"to": OWN}, {"known:recipients"}),
        ({"to": OWN, "cc": None}, {"known:recipients"}),
        ({"to": OWN, "cc": []}, {"known:recipients"}),
        ({"to": OWN, "cc": ["x@evil.example"]}, {"danger:recipients"}),
        ({"to": []}, set()),
        ({"to": None}, set()),
        ({"payee": KNOWN}, {"known:payee"}),
        ({"payee": KNOWN, "to": "x@evil.example"}, {"known:payee", "danger:recipients"}),
        ({"payee": "other"}, {"danger:payee"}),
        ({"payee": None}, {"danger:payee"}),
    ],
)
def test_parties_are_known_new_or_not_given(
    params: dict[str, Any], expected: set[str], of_plugin: bool
) -> None:
    assert labels(params, TO, CC, PAYEE, of_plugin=of_plugin) == expected


def test_a_party_that_nobody_asks_about_is_not_known() -> None:
    assert labels({"to": OWN, "payee": KNOWN}) == set()
    assert labels({"to": "x@evil.example"}, {**TO, "raises_to": "low"}) == set()


def test_every_kind_that_raises_the_risk_is_a_danger() -> None:
    link = {"kind": "link", "pointer": "/text", "raises_to": "medium"}
    many = {"kind": "bulk", "pointer": "/ids", "levels": {"medium": 2}}
    params = {"text": "www.evil.example", "ids": [1, 2]}
    assert labels(params, link, many) == {"danger:link", "danger:bulk"}
    assert labels({"text": "Hi", "ids": [1]}, link, many) == set()


@pytest.mark.parametrize(
    "label",
    [
        "known:payee",
        "known:recipients",
        "category:reading",
        "permission:files:read",
        "danger:none",
        "sensitive:none",
        " Category:reading",
    ],
)
def test_nobody_else_says_what_kind_an_action_is_of(label: str) -> None:
    action = CALM.action.model_copy(update={"labels": [label, "x"]})
    told = danger_labels(action, DEFINITION, PLUGIN, impact(CALM))
    assert label not in told
    assert "x" in told
    assert f"category:{DEFINITION.category}" in told


def test_a_tool_says_what_it_may_do() -> None:
    plugin = PluginSpec(tool="t", version="1.0.0", parameters={}, permissions=["files:delete"])
    told = danger_labels(CALM.action, DEFINITION, plugin, impact(CALM))
    assert {"permission:files:delete", "category:general"} <= set(told)
