"""Each part of the risk alone, the table they stand in, and the guide that shows it."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from processors.impact import BEGINS, FROM, MEASURES, PARTS, Considered, History, impact, level_of
from processors.labels import CONFIDENCE_ASSUMED
from schemas.names import RiskLevel
from schemas.working_hours import WorkingHours
from tests.stories import START
from tests.unit.impact.making import CALM, with_action, with_definition, with_tenant

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "impact.md"
NIGHT = WorkingHours(timezone="Europe/Madrid", from_="22:00", to="23:00")
DAY = WorkingHours(timezone="UTC", from_="06:00", to="18:00", days=["sun"])

CASES: list[tuple[str, Callable[[Considered], Considered], int]] = [
    ("definition", lambda c: with_definition(c, impact_level=RiskLevel.HIGH), 60),
    ("definition", lambda c: replace(c, definition=None), 68),
    ("tool_label", lambda c: replace(c, plugin=None), 60),
    ("upstream", lambda c: with_action(c, risk_level="critical"), 85),
    ("upstream", lambda c: with_action(c, risk_level=" Critical\n"), 85),
    ("upstream", lambda c: with_action(c, risk_level="ＨＩＧＨ"), 60),
    ("upstream_unclear", lambda c: with_action(c, risk_level="severe"), 60),
    ("upstream_unclear", lambda c: with_action(c, risk_level="low risk"), 60),
    ("guard_off", lambda c: replace(c, guard=False), 60),
    ("secret", lambda c: with_action(c, labels=["secret:key"]), 60),
    ("secret", lambda c: with_action(c, labels=["tag:secret"]), 60),
    ("repaired", lambda c: with_action(c, repaired=True), 35),
    ("untrusted", lambda c: with_action(c, labels=["untrusted:web"]), 20),
    ("degraded", lambda c: with_action(c, degraded_from="other"), 20),
    ("first_time", lambda c: replace(c, history=History(first_time=True)), 16),
    ("first_time", lambda c: replace(c, history=History(first_time=None)), 16),
    ("personal", lambda c: with_action(c, labels=["pii:email"]), 15),
    ("personal", lambda c: with_action(c, labels=["tag:pii", "pii:phone"]), 15),
    ("odd_hour", lambda c: with_tenant(c, working_hours=NIGHT), 15),
    (
        "odd_hour",
        lambda c: with_action(
            with_tenant(c, working_hours=DAY), not_before=START + timedelta(hours=12)
        ),
        15,
    ),
    ("hard_to_undo", lambda c: with_definition(c, reversible="limited"), 14),
    ("irreversible", lambda c: with_definition(c, reversible="no"), 18),
    ("unsure", lambda c: with_action(c, confidence=0.79), 14),
    ("very_unsure", lambda c: with_action(c, confidence=0.49), 18),
    ("very_unsure", lambda c: with_action(c, confidence=None), 18),
    ("very_unsure", lambda c: with_action(c, labels=[CONFIDENCE_ASSUMED]), 18),
    ("very_unsure", lambda c: with_action(c, confidence=float("nan")), 18),
    ("very_unsure", lambda c: with_action(c, confidence=float("inf")), 18),
    ("failed", lambda c: replace(c, history=History(False, recent_failures=1)), 14),
    ("keeps_failing", lambda c: replace(c, history=History(False, recent_failures=3)), 18),
]


def test_nothing_against_it_is_as_low_as_it_gets() -> None:
    calm = impact(CALM)
    assert (calm.risk_score, calm.risk_level) == (10, RiskLevel.LOW)
    assert [(part.name, part.points) for part in calm.parts] == [("definition", 10)]


@pytest.mark.parametrize(("name", "change", "score"), CASES)
def test_each_part_counts(
    name: str, change: Callable[[Considered], Considered], score: int
) -> None:
    found = impact(change(CALM))
    assert found.risk_score == score
    assert found.risk_level is level_of(score)
    assert name in {part.name for part in found.parts}


@pytest.mark.parametrize("name", [part.name for part in PARTS])
def test_every_part_has_a_case(name: str) -> None:
    assert name in {case for case, _, _ in CASES}


@pytest.mark.parametrize(("name", "change", "score"), CASES)
def test_a_part_asks_for_what_its_row_says(
    name: str, change: Callable[[Considered], Considered], score: int
) -> None:
    row = next(part for part in PARTS if part.name == name)
    level = row.level(change(CALM))
    assert level is not None
    if row.least != "its own":
        assert level == (row.least or RiskLevel.LOW)


def test_the_levels_are_25_points_apart() -> None:
    steps = list(BEGINS.values())
    assert [b - a for a, b in itertools.pairwise(steps)] == [25, 25, 25]
    assert all(level_of(least) is level for level, least in FROM.items())
    assert all(level_of(least - 1).rank == level.rank - 1 for level, least in FROM.items() if least)


def test_the_points_that_are_told_add_up() -> None:
    all_of_it = CALM
    for _, change, _ in CASES[3:13]:
        all_of_it = change(all_of_it)
    found = impact(all_of_it)
    assert min(sum(part.points for part in found.parts), 100) == found.risk_score


def test_a_typical_duration_and_reversibility_are_told() -> None:
    known = replace(CALM, history=History(False, typical_ms=1_200))
    assert impact(known).estimated_duration_ms == 1_200
    assert impact(known).reversible == "yes"
    assert impact(replace(CALM, definition=None)).reversible == "no"


def test_waiting_for_working_hours_takes_no_odd_hour_away() -> None:
    later = with_action(CALM, not_before=START + timedelta(hours=12))
    for hours in (DAY, DAY.model_copy(update={"from_": "18:00", "to": "23:00"})):
        assert "odd_hour" in {
            part.name for part in impact(with_tenant(later, working_hours=hours)).parts
        }
    both = DAY.model_copy(update={"to": "23:00"})
    assert impact(with_tenant(later, working_hours=both)) == impact(CALM)


def test_working_hours_are_local_and_may_pass_midnight() -> None:
    # 2026-03-01 is a Sunday; 09:00 UTC is 10:00 in Madrid.
    day = WorkingHours(timezone="Europe/Madrid", from_="10:00", to="10:01", days=["sun"])
    night = WorkingHours(timezone="Asia/Tokyo", from_="22:00", to="18:01", days=["sat"])
    assert day.hold(START)
    assert night.hold(START)
    assert not day.model_copy(update={"from_": "09:00", "to": "10:00"}).hold(START)
    assert not day.model_copy(update={"days": ["mon"]}).hold(START)
    assert not night.model_copy(update={"days": ["sun"]}).hold(START)
    assert not day.model_copy(update={"timezone": "Gone/Away"}).hold(START)


@pytest.mark.parametrize("said", [{"timezone": "Nowhere"}, {"from": 540}, {"to": "25:00"}])
def test_hours_that_say_nothing_are_refused(said: dict[str, object]) -> None:
    right: dict[str, object] = {"timezone": "Europe/Madrid", "from": "09:00", "to": "18:00"}
    assert WorkingHours.model_validate(right).model_dump(mode="json") == {
        **right,
        "days": ["mon", "tue", "wed", "thu", "fri"],
    }
    with pytest.raises(ValueError, match="validation error"):
        WorkingHours.model_validate({**right, **said})


# --- the guide -----------------------------------------------------------------------------


def rows(heading: str, cells: int) -> list[tuple[str, ...]]:
    _, _, section = GUIDE.read_text("utf-8").partition(f"## {heading}\n")
    lines = section.partition("\n## ")[0].splitlines()
    found = [
        tuple(c.strip(" `") for c in line.strip("|").split("|"))
        for line in lines
        if re.match(r"\| `", line)
    ]
    assert all(len(row) == cells for row in found)
    return found


def test_the_guide_shows_every_part_as_it_is() -> None:
    in_code = [(p.name, p.text, str(p.points or ""), p.least) for p in PARTS]
    assert rows("Parts", 4) == in_code


def test_the_guide_shows_every_level_and_every_kind_of_magnitude() -> None:
    assert rows("Levels", 3) == [(lv, str(FROM[lv]), str(BEGINS[lv])) for lv in RiskLevel]
    assert [row[0] for row in rows("Magnitudes", 3)] == [str(kind) for kind in MEASURES]
