"""What a reference to a tool means, and which names come close to one that means nothing.

A reference is a name, maybe with a version range: `crm-query`, `crm-query@^1.0`. The name is
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
from schemas.names import TenantId
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


def match(settings: "Snapshot", reference: str, tenant: TenantId | None = None) -> Match | None:
    """What a template or a person means by a reference; None when nothing is called that, or no
    version is in range.

    Without a range it is the version in force; with one the highest version offered that
    satisfies it, be it in force or not.

    Args:
        tenant: only tools it may use; None: any.
    """
    found = named(settings, reference, tenant)
    name, at, text = reference.partition("@")
    if found is not None or not at:
        return found
    found, wanted = named(settings, name, tenant), _range(text)
    if found is None or wanted is None:
        return None
    if found.definition is not None and found.definition.action_type == name:
        tools = found.definition.tools
    else:
        tools = [found.plugin.tool] if found.plugin else []
    versions = (_highest(settings, tool, wanted, tenant) for tool in tools)
    plugin = next((version for version in versions if version is not None), None)
    return None if plugin is None else Match(found.definition, plugin, By.VERSION)


def in_force(settings: "Snapshot", reference: str, tenant: TenantId) -> Match | None:
    """What a model or a service means by a reference: always the version in force, which a range
    may only confirm. An older one may be labelled milder."""
    found = named(settings, reference, tenant)
    name, at, text = reference.partition("@")
    if found is not None or not at:
        return found
    found, wanted = named(settings, name, tenant), _range(text)
    if found is None or found.plugin is None or wanted is None:
        return None
    version = read_version(found.plugin.version)
    fits = version is not None and satisfies(version, wanted)
    return Match(found.definition, found.plugin, By.VERSION) if fits else None


def named(settings: "Snapshot", name: str, tenant: TenantId | None = None) -> Match | None:
    """An action type, with the first of its tools that the tenant may use; else such a tool, else
    such a tool's exact alias, with the type it serves. A name that two of them claim is nobody's;
    tools of others are as good as none."""
    definition = settings.definition(name)
    if definition is not None:
        tools = (_usable(settings.plugin(tool), tenant) for tool in definition.tools)
        return Match(definition, next((tool for tool in tools if tool is not None), None), By.EXACT)
    plugin = _usable(settings.plugin(name), tenant)
    if plugin is not None:
        return Match(settings.served_by(plugin.tool), plugin, By.EXACT)
    plugin = _aliased(settings, name, tenant)
    return None if plugin is None else Match(settings.served_by(plugin.tool), plugin, By.ALIAS)


def _usable(plugin: PluginSpec | None, tenant: TenantId | None) -> PluginSpec | None:
    if plugin is None or tenant is None or plugin.serves(tenant):
        return plugin
    return None


def _aliased(settings: "Snapshot", name: str, tenant: TenantId | None) -> PluginSpec | None:
    if name not in settings.tools:
        return None
    tool = settings.tools[name]
    if tool is not None:
        return _usable(settings.plugin(tool), tenant)
    # Several claim it: it is somebody's only if the tenant may use just one of them.
    claimants = [
        plugin
        for key, plugin in settings.plugins.items()
        if key == plugin.tool and name in plugin.aliases and _usable(plugin, tenant)
    ]
    return claimants[0] if len(claimants) == 1 else None


def _range(text: str) -> Range | None:
    return read_range(text) if len(text) <= LONGEST_REFERENCE else None


def _highest(
    settings: "Snapshot", tool: str, wanted: Range, tenant: TenantId | None
) -> PluginSpec | None:
    current = settings.plugin(tool)
    others = (plugin for key, plugin in settings.plugins.items() if key.startswith(f"{tool}@"))
    best: tuple[Version, PluginSpec] | None = None
    # The version in force comes first: of two that differ only in build metadata it stays.
    for plugin in ([current] if current else []) + list(others):
        version = read_version(plugin.version)
        if version is None or not satisfies(version, wanted) or not _usable(plugin, tenant):
            continue
        if best is None or version > best[0]:
            best = (version, plugin)
    return best[1] if best else None
