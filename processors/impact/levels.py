"""From score to level and back: the one table.

Levels are 25 points apart from where an action of each begins, so that 25 points are one level up
wherever it stands: what repaired output and a stale label promise.
"""

from schemas.names import RiskLevel

MOST = 100
STEP = 25
FROM: dict[RiskLevel, int] = {
    RiskLevel.LOW: 0,
    RiskLevel.MEDIUM: 35,
    RiskLevel.HIGH: 60,
    RiskLevel.CRITICAL: 85,
}
"""The least score of each level."""
BEGINS: dict[RiskLevel, int] = {**FROM, RiskLevel.LOW: 10}
"""Where an action of a level stands before anything is added. Low begins at 10, 25 below medium;
nothing is without risk."""


def level_of(score: int) -> RiskLevel:
    """The gravest level whose least score is reached."""
    return next(level for level, least in _DOWN if score >= least)


_DOWN = tuple(sorted(FROM.items(), key=lambda row: -row[1]))
