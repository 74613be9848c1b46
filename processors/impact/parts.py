"""What the risk is made of: one row a part. docs/guides/impact.md is tested against this table.

A row either asks for a level that the action has at least, or adds points, or both. No row takes
anything away, and what a row looks at only ever makes it count: so nothing anybody adds, a model
least of all, makes an action look milder.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from processors.impact.considered import Considered
from processors.impact.levels import STEP
from processors.labels import CONFIDENCE_ASSUMED, UNTRUSTED
from processors.risk import label_level, read_level, says_no_level
from processors.scheduling import later
from schemas.names import RiskLevel

OWN = "its own"


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    text: str
    """What it looks at, as it is told beside a verdict."""
    points: int
    least: str
    """The level it asks for: a level's name, `its own` for one that is read, or nothing."""
    level: Callable[[Considered], RiskLevel | None]
    """None: it does not count here. Low: it asks for nothing but its points."""


def _asks(name: str, text: str, level: Callable[[Considered], RiskLevel | None]) -> Part:
    return Part(name, text, 0, OWN, level)


def _is(name: str, text: str, least: RiskLevel, counts: Callable[[Considered], bool]) -> Part:
    return Part(name, text, 0, least, lambda c: least if counts(c) else None)


def _adds(name: str, text: str, points: int, counts: Callable[[Considered], bool]) -> Part:
    return Part(name, text, points, "", lambda c: RiskLevel.LOW if counts(c) else None)


def _definition(c: Considered) -> RiskLevel:
    return c.definition.impact_level if c.definition else RiskLevel.HIGH


def _tool(c: Considered) -> RiskLevel:
    return label_level(c.plugin, c.labels) if c.plugin else RiskLevel.HIGH


def _upstream(c: Considered) -> RiskLevel | None:
    return read_level(c.action.risk_level)


def _upstream_unclear(c: Considered) -> bool:
    return says_no_level(c.action.risk_level)


def _reversible(c: Considered) -> str:
    return c.definition.reversible if c.definition else "no"


def _below(c: Considered, least: float) -> bool:
    """Whether confidence does not reach it. Not given, assumed, or no number: it does not."""
    given = c.action.confidence
    if given is None or CONFIDENCE_ASSUMED in c.action.labels or math.isinf(given):
        return True
    return not given >= least


def _odd_hour(c: Considered) -> bool:
    hours = c.tenant.working_hours
    if hours is None:
        return False
    begins = later(c.action.not_before, c.now)
    return not hours.hold(c.now) or (begins is not None and not hours.hold(begins))


def _labelled(*marks: str) -> Callable[[Considered], bool]:
    """Whether one of its labels is one of these, or one of their kind."""
    kinds = tuple(f"{mark}:" for mark in marks)

    def labelled(c: Considered) -> bool:
        return any(label in marks or label.startswith(kinds) for label in c.action.labels)

    return labelled


_personal = _labelled("pii", "tag:pii")
_secret = _labelled("secret", "tag:secret")
_untrusted = _labelled(UNTRUSTED)


PARTS: tuple[Part, ...] = (
    _asks("definition", "the action type's impact level; without a definition high", _definition),
    _asks("tool_label", "the tool's risk label, a stale one a level graver; none: high", _tool),
    _asks("upstream", "what upstream or a template says of its risk", _upstream),
    _is(
        "upstream_unclear",
        "what upstream says of its risk is no level",
        RiskLevel.HIGH,
        _upstream_unclear,
    ),
    _is("guard_off", "the flag plugin-risk-guard is off", RiskLevel.HIGH, lambda c: not c.guard),
    _is("secret", "its parameters hold a secret", RiskLevel.HIGH, _secret),
    _adds(
        "repaired",
        "its output had to be repaired: a level graver",
        STEP,
        lambda c: c.action.repaired,
    ),
    _adds("untrusted", "it came of untrusted content", 10, _untrusted),
    _adds(
        "degraded",
        "its tool stands in for another one",
        10,
        lambda c: c.action.degraded_from is not None,
    ),
    _adds(
        "first_time",
        "the tenant's first of this type, or nobody knows",
        6,
        lambda c: c.history.first_time is not False,
    ),
    _adds("personal", "its parameters hold personal data", 5, _personal),
    _adds("odd_hour", "outside the tenant's working hours, now or when it begins", 5, _odd_hour),
    _adds(
        "hard_to_undo", "it cannot be undone, or not wholly", 4, lambda c: _reversible(c) != "yes"
    ),
    _adds("irreversible", "it cannot be undone at all", 4, lambda c: _reversible(c) == "no"),
    _adds("unsure", "confidence is below 0.8, or not given", 4, lambda c: _below(c, 0.8)),
    _adds("very_unsure", "confidence is below 0.5, or not given", 4, lambda c: _below(c, 0.5)),
    _adds(
        "failed", "it failed recently for this tenant", 4, lambda c: c.history.recent_failures >= 1
    ),
    _adds(
        "keeps_failing",
        "it failed three times recently, or more",
        4,
        lambda c: c.history.recent_failures >= 3,
    ),
)
