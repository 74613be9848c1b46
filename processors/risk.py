"""Levels of risk: the graver of two words, and what a tool's label counts for.

Nothing lowers a level here: a source's newer word about a tool only raises it.
"""

from collections.abc import Mapping

from schemas.names import RiskLevel
from schemas.settings import PluginSpec, SourceLabel


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
