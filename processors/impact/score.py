"""The score: where the gravest level asked for begins, and every point that is added."""

from collections.abc import Sequence
from functools import lru_cache

from processors.impact.considered import Considered
from processors.impact.levels import BEGINS, MOST, level_of
from processors.impact.magnitudes import Raised, raised
from processors.impact.parts import PARTS
from processors.impact.resources import resources
from processors.risk import gravest
from schemas.events import Impact, ImpactPart
from schemas.names import RiskLevel
from schemas.unvalidated import made


def impact(considered: Considered, found: Sequence[Raised] | None = None) -> Impact:
    """How dangerous the action is, and what that was told from. `found`: what `raised` says of it,
    where it was asked before.

    The first of the gravest parts carries the points its level begins with; the others that ask
    for more than low are told with none, so the points add up.
    """
    found = raised(considered) if found is None else found
    counted = [
        (part.name, level, part.points, part.text)
        for part in PARTS
        if (level := part.level(considered)) is not None
    ]
    counted += [(one.name, one.level, 0, one.text) for one in found]
    above_low = [level for _, level, _, _ in counted if level is not RiskLevel.LOW]
    base = gravest(*above_low) if above_low else RiskLevel.LOW
    begins, score = BEGINS[base], 0
    parts: list[ImpactPart] = []
    for name, level, points, text in counted:
        if level is base:
            points, begins = points + begins, 0
        if points or level is not RiskLevel.LOW:
            parts.append(_told(name, points, text))
            score += points
    score = min(score, MOST)
    definition = considered.definition
    return made(
        Impact,
        {
            "risk_level": level_of(score),
            "risk_score": score,
            "affected_resources": resources(considered.action, definition),
            "reversible": definition.reversible if definition else "no",
            "estimated_duration_ms": considered.history.typical_ms,
            "parts": parts,
        },
    )


@lru_cache(maxsize=4096)
def _told(name: str, points: int, text: str) -> ImpactPart:
    """Made once: texts are the table's and the configuration's, and an event never changes."""
    return ImpactPart(name=name, points=points, text=text)
