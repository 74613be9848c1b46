"""What a reference to a tool means, and which names come close to one that means nothing.

A reference is a name, maybe with a version range: `crm-query`, `crm-query@^1.2`. The name is
looked for as an action type, then as a tool, then as a tool's exact alias; the first that is
found counts. Nothing that is merely similar is ever taken for it: `suggestions` are for error
texts.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from semver import Version

from processors.suggestions import suggestions
from processors.version_range import Range, read_range, read_version, satisfies
from schemas.settings import ActionDefinition, PluginSpec

if TYPE_CHECKING:
    from processors.snapshot import Snapshot

__all__ = ["By", "Match", "match", "named", "suggestions"]

LONGEST_REFERENCE = 256


class By(StrEnum):
    """How a reference was understood."""

    EXACT = "exact"
    ALIAS = "alias"
    VERSION = "version"
    """A range chose among the versions offered, whatever the name was."""


@dataclass(frozen=True, slots=True)
class Match:
    definition: ActionDefinition | None
    """None: no type says how grave the tool is."""
    plugin: PluginSpec | None
    """None: the catalog has none of the type's tools."""
    by: By


def match(settings: "Snapshot", reference: str) -> Match | None:
    """What the reference means; None when nothing is called that, or no version is in range.

    Without a range it is the version in force; with one the highest version offered that
    satisfies it, be it in force or not.
    """
    if len(reference) > LONGEST_REFERENCE:
        return None
    found = named(settings, reference)
    if found is not None:
        return found
    name, at, text = reference.partition("@")
    found = named(settings, name) if at else None
    wanted = read_range(text)
    if found is None or wanted is None:
        return None
    if found.definition is not None and found.definition.action_type == name:
        tools = found.definition.tools
    else:
        tools = [found.plugin.tool] if found.plugin else []
    versions = (_highest(settings, tool, wanted) for tool in tools)
    plugin = next((version for version in versions if version is not None), None)
    return None if plugin is None else Match(found.definition, plugin, By.VERSION)


def named(settings: "Snapshot", name: str) -> Match | None:
    """An action type, with the first of its tools that the catalog has; else a tool, else a
    tool's exact alias, with the type it serves. A name that two tools claim is nobody's."""
    definition = settings.definition(name)
    if definition is not None:
        tools = (settings.plugin(tool) for tool in definition.tools)
        return Match(definition, next((tool for tool in tools if tool is not None), None), By.EXACT)
    plugin = settings.plugin(name)
    if plugin is not None:
        return Match(settings.served_by(plugin.tool), plugin, By.EXACT)
    plugin = settings.plugin(settings.tools.get(name) or "")
    return None if plugin is None else Match(settings.served_by(plugin.tool), plugin, By.ALIAS)


def _highest(settings: "Snapshot", tool: str, wanted: Range) -> PluginSpec | None:
    current = settings.plugin(tool)
    others = (plugin for key, plugin in settings.plugins.items() if key.startswith(f"{tool}@"))
    best: tuple[Version, PluginSpec] | None = None
    # The version in force comes first: of two that differ only in build metadata it stays.
    for plugin in ([current] if current else []) + list(others):
        version = read_version(plugin.version)
        if version is None or not satisfies(version, wanted):
            continue
        if best is None or version > best[0]:
            best = (version, plugin)
    return best[1] if best else None
