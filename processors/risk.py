"""How dangerous one action is. Thin: the level of its definition, raised by what is known.

Nothing from the model lowers it: upstream's own level and the plugin's label only raise.
"""

import re

from schemas.events import Drafted, Impact
from schemas.names import RiskLevel
from schemas.settings import ActionDefinition, PluginSpec

SCORE: dict[RiskLevel, int] = {
    RiskLevel.LOW: 20,
    RiskLevel.MEDIUM: 50,
    RiskLevel.HIGH: 75,
    RiskLevel.CRITICAL: 95,
}

_PLACE = re.compile(r"\{(\w+)\}")


def impact(
    action: Drafted,
    definition: ActionDefinition | None,
    plugin: PluginSpec | None,
    guard: bool,
) -> Impact:
    """Impact of the action. Without a definition or a plugin, and with the risk guard's flag
    off, it counts as high."""
    levels = [
        definition.impact_level if definition else RiskLevel.HIGH,
        plugin.risk_label if plugin and guard else RiskLevel.HIGH,
    ]
    if action.risk_level in set(RiskLevel):
        levels.append(RiskLevel(action.risk_level))
    level = max(levels, key=lambda item: item.rank)
    return Impact(
        risk_level=level,
        risk_score=SCORE[level],
        affected_resources=_resources(action, definition),
        reversible=definition.reversible if definition else "no",
    )


def _resources(action: Drafted, definition: ActionDefinition | None) -> list[str]:
    """The definition's resource templates with the parameters filled in."""
    if definition is None:
        return []
    return [
        _PLACE.sub(lambda match: str(action.params.get(match.group(1), "?"))[:64], template)
        for template in definition.resources
    ]
