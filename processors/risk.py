"""Levels of risk: the graver of two words, and what a tool's label counts for.

Nothing lowers a level here: a source's newer word about a tool only raises it.
"""

import unicodedata
from collections.abc import Mapping

from schemas.names import RiskLevel
from schemas.settings import PluginSpec, SourceLabel

_LEVELS = {level.value: level for level in RiskLevel}
_NOTHING_UNCLEAR = frozenset({"", *_LEVELS})


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


def read_level(said: str | None) -> RiskLevel | None:
    """The level a word of upstream's or of a template's names, however it is spelled."""
    return _LEVELS.get(_folded(said))


def says_no_level(said: str | None) -> bool:
    """Whether there is a word that is no level. It counts as high: it was said for a reason."""
    return _folded(said) not in _NOTHING_UNCLEAR


def graver(said: str | None, level: RiskLevel | None) -> str | None:
    """The graver of two estimates. A word that is no level is kept beside all but critical, for
    the verdict to tell."""
    if says_no_level(said) and level is not RiskLevel.CRITICAL:
        return said
    levels = [known for known in (read_level(said), level) if known is not None]
    return gravest(*levels) if levels else None


def _folded(said: str | None) -> str:
    return unicodedata.normalize("NFKC", said).strip().casefold() if said else ""
