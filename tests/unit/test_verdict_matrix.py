"""Every combination of what decides has the verdict and the reasons of the guide's table.

The table is read from docs/guides/verdicts.md, which people read too; nothing of what is expected
is taken from the code under test.
"""

import itertools
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from processors.checks import CHECKS
from schemas.names import RiskLevel, SafetyMode
from tests.unit.test_assess_checks import (
    FIRST,
    KNOWN,
    TYPE,
    Situation,
    action,
    both_of,
    definition,
    situation,
    tenant,
)

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "verdicts.md"

DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "approval required": ("yes", "no"),
    "pre-approved type": ("yes", "no"),
    "first time": ("yes", "no"),
    "confidence": ("reached", "below"),
    "risk": ("low", "medium", "high", "critical"),
    "safety mode": ("strict", "moderate", "permissive"),
    "canary": ("in", "out"),
    "limit": ("free", "reached"),
}
Combination = Mapping[str, str]
COMBINATIONS: list[Combination] = [
    dict(zip(DIMENSIONS, values, strict=True)) for values in itertools.product(*DIMENSIONS.values())
]


class Row:
    """One line of the table: which values it fits, and what it says of them."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.verdict, self.reason = cells["verdict"], cells["reason"].strip("`")
        self._fits = {
            name: values if cells[name] == "any" else tuple(cells[name].split(", "))
            for name, values in DIMENSIONS.items()
        }
        self.unknown = {
            value for name, fits in self._fits.items() for value in set(fits) - {*DIMENSIONS[name]}
        }

    def fits(self, at: Combination) -> bool:
        return all(at[name] in values for name, values in self._fits.items())


def _table() -> list[Row]:
    """The guide's first table."""
    lines = itertools.dropwhile(
        lambda line: not line.startswith("|"), GUIDE.read_text().split("\n")
    )
    table = itertools.takewhile(lambda line: line.startswith("|"), lines)
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table)
    assert head == [*DIMENSIONS, "verdict", "reason"]
    return [Row(dict(zip(head, row, strict=True))) for row in rows]


TABLE = _table()


def situated(at: Combination) -> Situation:
    """An action of just this combination; whatever else counts is the same in all."""
    changes = [
        tenant(
            approval_required=at["approval required"] == "yes",
            preapproved_action_types=[TYPE] if at["pre-approved type"] == "yes" else [],
            auto_approval_threshold=0.9,
            safety_mode=SafetyMode(at["safety mode"]),
            canary_percentage=1.0 if at["canary"] == "in" else 0.0,
            max_actions_per_hour=10,
        ),
        action(confidence=0.9 if at["confidence"] == "reached" else 0.89),
        definition(impact_level=RiskLevel(at["risk"]), reversible="yes"),
        situation(
            history=FIRST if at["first time"] == "yes" else KNOWN,
            hour=10 if at["limit"] == "reached" else 9,
        ),
    ]
    return both_of(*changes)(Situation())


def test_the_table_knows_only_values_there_are() -> None:
    assert [row.unknown for row in TABLE if row.unknown] == []
    assert len(COMBINATIONS) == 2 * 2 * 2 * 2 * 4 * 3 * 2 * 2


def test_every_row_decides_something_and_none_is_left_over() -> None:
    first = [next(row for row in TABLE if row.fits(at)) for at in COMBINATIONS]
    assert [row.reason for row in TABLE if row not in first] == []
    assert [row.verdict for row in TABLE[:-1]] == ["needs_approval"] * (len(TABLE) - 1)
    assert all(TABLE[-1].fits(at) for at in COMBINATIONS)


@pytest.mark.parametrize("risk", DIMENSIONS["risk"])
@pytest.mark.parametrize("mode", DIMENSIONS["safety mode"])
def test_every_combination_has_the_tables_verdict_and_reasons(risk: str, mode: str) -> None:
    chosen = [at for at in COMBINATIONS if at["risk"] == risk and at["safety mode"] == mode]
    assert len(chosen) == 64
    for at in chosen:
        rows = [row for row in TABLE if row.fits(at)]
        assessment = situated(at).assess()
        event = situated(at).assessed
        assert event.impact.risk_level == risk, at
        assert event.verdict == rows[0].verdict, at
        assert [reason.code for reason in event.reasons] == [r.reason for r in rows if r.reason], at
        assert assessment.reserve is (at["limit"] == "free"), at
        assert bool(event.approval_plan.stages) is (rows[0].verdict == "needs_approval"), at


def test_the_guide_says_of_every_reason_what_it_does_and_when_it_goes_away() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\w+) \|", GUIDE.read_text(), re.MULTILINE)
    assert rows == [(code, verdict.value) for code, verdict, *_ in CHECKS]
