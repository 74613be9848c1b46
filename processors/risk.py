"""How dangerous one action is. Thin: the level of its definition, raised by what is known.

Nothing from the model lowers it: upstream's own level and the plugin's label only raise, and
so do a source's newer word about the tool and an output that had to be repaired.
"""

import re
from collections.abc import Mapping

from schemas.events import Drafted, Impact
from schemas.names import RiskLevel
from schemas.settings import ActionDefinition, PluginSpec, SourceLabel

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
    labels: Mapping[str, SourceLabel],
) -> Impact:
    """Impact of the action. Without a definition or a plugin, and with the risk guard's flag
    off, it counts as high at least.

    Args:
        labels: by tool, what its source says now.
    """
    levels = [
        definition.impact_level if definition else RiskLevel.HIGH,
        label_level(plugin, labels) if plugin else RiskLevel.HIGH,
    ]
    if not guard:
        levels.append(RiskLevel.HIGH)
    if action.risk_level in set(RiskLevel):
        levels.append(RiskLevel(action.risk_level))
    level = gravest(*levels)
    if action.repaired:
        level = riskier(level)
    return Impact(
        risk_level=level,
        risk_score=SCORE[level],
        affected_resources=_resources(action, definition),
        reversible=definition.reversible if definition else "no",
    )


def stale_label(plugin: PluginSpec, labels: Mapping[str, SourceLabel]) -> bool:
    """Whether the tool's source has spoken of its risk since the catalog took its label."""
    label = labels.get(plugin.tool)
    if label is None:
        return False
    return plugin.risk_labelled_at is None or plugin.risk_labelled_at < label.labelled_at


def label_level(plugin: PluginSpec, labels: Mapping[str, SourceLabel]) -> RiskLevel:
    """The graver of what the catalog and the source say; of a stale label one level more, since
    nobody has looked at what changed."""
    label = labels.get(plugin.tool)
    level = plugin.risk_label if label is None else gravest(plugin.risk_label, label.risk_label)
    return riskier(level) if stale_label(plugin, labels) else level


def gravest(*levels: RiskLevel) -> RiskLevel:
    return max(levels, key=lambda level: level.rank)


def riskier(level: RiskLevel) -> RiskLevel:
    """One level up; critical stays."""
    return list(RiskLevel)[min(level.rank + 1, RiskLevel.CRITICAL.rank)]


def graver(said: str | None, level: RiskLevel | None) -> str | None:
    """The graver of two estimates; one that is no level says nothing beside one that is."""
    if level is None or said not in set(RiskLevel):
        return level or said
    return gravest(RiskLevel(said), level)


def _resources(action: Drafted, definition: ActionDefinition | None) -> list[str]:
    """The definition's resource templates with the parameters filled in."""
    if definition is None:
        return []
    return [
        _PLACE.sub(lambda match: str(action.params.get(match.group(1), "?"))[:64], template)
        for template in definition.resources
    ]
