"""What is promised of the risk, whatever an action is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from processors.impact import Considered, History, impact, level_of
from schemas.magnitudes import Magnitude, MagnitudeKind
from schemas.names import RiskLevel
from schemas.settings import TenantSettings
from schemas.working_hours import WorkingHours
from tests.examples import examples
from tests.unit.impact.making import CALM, PLUGIN, with_action, with_definition

LEVELS = st.sampled_from(list(RiskLevel))
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["*", "all", "1.000,50", "x@evil.example", "a@acme.example", "delete", "１"]),
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abn"), inner),
    max_leaves=6,
)
PARAMS = st.dictionaries(st.sampled_from(["a", "b", "n"]), VALUES, max_size=3)
MAGNITUDES = st.lists(
    st.builds(
        Magnitude,
        kind=st.sampled_from(list(MagnitudeKind)),
        pointer=st.sampled_from(["/a", "/b/n", "/a/*", "/a/*/n", "/n"]),
        levels=st.dictionaries(LEVELS, st.floats(0, 1e6), min_size=1),
        raises_to=LEVELS,
        negative=st.none() | LEVELS,
        missing=st.none() | LEVELS,
        words=st.lists(st.sampled_from(["delete", "admin"]), max_size=1),
    ),
    max_size=3,
)
HOURS = WorkingHours(timezone="Europe/Madrid", from_="03:00", to="04:00")
CONSIDERED = st.builds(
    lambda action, level, reversible, magnitudes, label, guard, hours, history: replace(
        with_definition(
            with_action(CALM, **action),
            impact_level=level,
            reversible=reversible,
            magnitudes=magnitudes,
        ),
        plugin=PLUGIN.model_copy(update={"risk_label": label}),
        guard=guard,
        tenant=TenantSettings(domains=["acme.example"], working_hours=hours),
        history=history,
    ),
    st.fixed_dictionaries(
        {
            "params": PARAMS,
            "confidence": st.none() | st.floats(0, 1),
            "repaired": st.booleans(),
            "risk_level": st.none() | LEVELS,
            "labels": st.lists(
                st.sampled_from(["pii:email", "secret:key", "untrusted", "format:x", "tag:pii"])
            ),
            "degraded_from": st.none() | st.just("other"),
        }
    ),
    LEVELS,
    st.sampled_from(["yes", "limited", "no"]),
    MAGNITUDES,
    LEVELS,
    st.booleans(),
    st.none() | st.just(HOURS),
    st.builds(History, st.none() | st.booleans(), st.integers(0, 5)),
)


def graver(level: RiskLevel | str | None) -> RiskLevel:
    known = RiskLevel(level) if level else RiskLevel.LOW
    return list(RiskLevel)[min(known.rank + 1, 3)]


def _reversible(c: Considered) -> Considered:
    assert c.definition is not None
    worse = {"yes": "limited", "limited": "no", "no": "no"}[c.definition.reversible]
    return with_definition(c, reversible=worse)


def _less_sure(c: Considered) -> Considered:
    return with_action(
        c, confidence=None if c.action.confidence is None else c.action.confidence / 2
    )


def _definition_level(c: Considered) -> Considered:
    assert c.definition is not None
    return with_definition(c, impact_level=graver(c.definition.impact_level))


def _magnitude(c: Considered) -> Considered:
    assert c.definition is not None
    more = Magnitude(kind=MagnitudeKind.WILDCARD, pointer="/a", missing=RiskLevel.MEDIUM)
    return with_definition(c, magnitudes=[*c.definition.magnitudes, more])


def _thresholds(c: Considered) -> Considered:
    assert c.definition is not None
    lower = [
        m.model_copy(update={"levels": {k: v / 2 for k, v in m.levels.items()}})
        for m in c.definition.magnitudes
    ]
    return with_definition(c, magnitudes=lower)


def _label(c: Considered) -> Considered:
    assert c.plugin is not None
    worse = {"risk_label": graver(c.plugin.risk_label)}
    return replace(c, plugin=c.plugin.model_copy(update=worse))


def labelled(label: str) -> Callable[[Considered], Considered]:
    return lambda c: with_action(c, labels=[*c.action.labels, label])


RAISING: dict[str, Callable[[Considered], Considered]] = {
    "definition": _definition_level,
    "no definition": lambda c: (
        replace(c, definition=None)
        if c.definition is None
        or (c.definition.impact_level.rank < 3 and not c.definition.magnitudes)
        else c
    ),
    "label": _label,
    "upstream": lambda c: with_action(c, risk_level=graver(c.action.risk_level)),
    "guard": lambda c: replace(c, guard=False),
    "repaired": lambda c: with_action(c, repaired=True),
    "degraded": lambda c: with_action(c, degraded_from="other"),
    "less sure": _less_sure,
    "confidence gone": lambda c: with_action(c, confidence=None),
    "assumed": labelled("confidence:assumed"),
    "personal": labelled("pii:card"),
    "secret": labelled("secret:key"),
    "untrusted": labelled("untrusted"),
    "first time": lambda c: replace(c, history=replace(c.history, first_time=True)),
    "nobody knows": lambda c: replace(c, history=replace(c.history, first_time=None)),
    "failures": lambda c: replace(
        c, history=replace(c.history, recent_failures=c.history.recent_failures + 1)
    ),
    "hours": lambda c: replace(c, tenant=c.tenant.model_copy(update={"working_hours": HOURS})),
    "reversible": _reversible,
    "magnitude": _magnitude,
    "thresholds": _thresholds,
    "no domains": lambda c: replace(c, tenant=c.tenant.model_copy(update={"domains": []})),
}


@given(CONSIDERED, st.sampled_from(list(RAISING)))
@settings(max_examples=examples(4))
def test_more_dangerous_never_scores_lower(considered: Considered, change: str) -> None:
    before, after = impact(considered), impact(RAISING[change](considered))
    assert after.risk_score >= before.risk_score
    assert after.risk_level.rank >= before.risk_level.rank


@given(CONSIDERED)
@settings(max_examples=examples(3))
def test_nothing_from_the_model_brings_it_below_the_definition_and_the_plugin(
    considered: Considered,
) -> None:
    """The milder action has no parameters, all confidence, and nothing said of it."""
    definition = considered.definition
    assert definition is not None
    silent = [m.model_copy(update={"missing": None}) for m in definition.magnitudes]
    bare = with_action(
        with_definition(considered, magnitudes=silent),
        params={}, confidence=1.0, labels=[], risk_level=None, repaired=False,
        degraded_from=None, reasoning=None,
    )  # fmt: skip
    assert impact(considered).risk_score >= impact(bare).risk_score


@given(CONSIDERED, st.text(), st.dictionaries(st.text(), st.text()))
def test_what_the_model_says_about_itself_counts_for_nothing(
    considered: Considered, reasoning: str, context: dict[str, Any]
) -> None:
    talked = with_action(considered, reasoning=reasoning, context=context, model=reasoning)
    assert impact(talked) == impact(considered)


@given(CONSIDERED)
@settings(max_examples=examples(3))
def test_the_level_follows_from_the_score_and_the_parts_add_up(considered: Considered) -> None:
    found = impact(considered)
    assert 0 <= found.risk_score <= 100
    assert found.risk_level is level_of(found.risk_score)
    assert found.risk_score == min(100, sum(part.points for part in found.parts))
    assert found == impact(considered)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.booleans())
def test_a_larger_amount_is_never_milder(a: float, b: float, as_text: bool) -> None:
    small, large = sorted((a, b))
    magnitude = Magnitude(
        kind=MagnitudeKind.AMOUNT,
        pointer="/n",
        levels={RiskLevel.MEDIUM: 100, RiskLevel.HIGH: 10_000},
    )
    at = with_definition(CALM, magnitudes=[magnitude])
    scores = [
        impact(with_action(at, params={"n": f"{n:.2f}" if as_text else n})).risk_score
        for n in (small, large)
    ]
    assert scores == sorted(scores)


def _deep(levels: int) -> JsonValue:
    value: JsonValue = "*"
    for _ in range(levels):
        value = {"n": [value]}
    return value


HOSTILE: list[JsonValue] = [
    _deep(5_000),
    [f"x{n}@evil.example" for n in range(10_000)],
    {f"k{n}": n for n in range(10_000)},
    "9" * 100_000,
    "1." * 50_000,
    "*" * 100_000,
    10**5_000,
    -(10**5_000),
    float("inf"),
    "\ud800\x00",
    "Ⅷ ½ ٣ 百",
    {"": {"": [[]]}},
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("kind", list(MagnitudeKind))
def test_hostile_parameters_raise_nothing(value: JsonValue, kind: MagnitudeKind) -> None:
    levels = {RiskLevel.HIGH: 10.0}
    magnitudes = [Magnitude(kind=kind, pointer=p, levels=levels) for p in ("/a", "/a/*", "/a/*/n")]
    at = with_definition(
        with_action(CALM, params={"a": value}), magnitudes=magnitudes, resources=["a:{a}"]
    )
    found = impact(at)
    assert all(len(name) <= 70 for name in found.affected_resources)
