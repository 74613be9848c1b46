"""What is wrong with a catalog, though every entry of it can be read. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from processors.risk import stale_label
from processors.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    subject: str
    """The entry's key, or the action type."""
    text: str


def findings(settings: Snapshot) -> list[Finding]:
    """Every finding, by kind and then by name."""
    return [finding for look in _LOOKS for finding in look(settings)]


def _stale(settings: Snapshot) -> Iterator[Finding]:
    for key, plugin in sorted(settings.plugins.items()):
        if stale_label(plugin, settings.labels):
            label = settings.labels[plugin.tool]
            yield Finding(
                "label_stale",
                key,
                f"its source labelled it {label.risk_label} at {label.labelled_at.isoformat()}, "
                f"after the entry's {plugin.risk_label}: it counts one level riskier",
            )


def _fallbacks(settings: Snapshot) -> Iterator[Finding]:
    for key, plugin in sorted(settings.plugins.items()):
        for other in plugin.fallback:
            if settings.plugin(other) is None:
                yield Finding("fallback_unknown", key, f"the catalog has no tool `{other}`")


def _contacts(settings: Snapshot) -> Iterator[Finding]:
    for key, plugin in sorted(settings.plugins.items()):
        if not plugin.contact:
            yield Finding("contact_missing", key, "nobody is named to ask about it")


def _types(settings: Snapshot) -> Iterator[Finding]:
    for name, definition in sorted(settings.definitions.items()):
        if all(settings.plugin(tool) is None for tool in definition.tools):
            yield Finding("type_without_tool", name, "the catalog has none of its tools")


def _unused(settings: Snapshot) -> Iterator[Finding]:
    used = {tool for definition in settings.definitions.values() for tool in definition.tools}
    for key, plugin in sorted(settings.plugins.items()):
        if key == plugin.tool and key not in used:
            yield Finding("tool_unused", key, "no action type uses it: a person decides each call")


def _versions(settings: Snapshot) -> Iterator[Finding]:
    for key, plugin in sorted(settings.plugins.items()):
        current = settings.plugin(plugin.tool)
        if key != plugin.tool and (current is None or current.version != plugin.version):
            beside = f"{current.version} is in force" if current else "none is in force"
            yield Finding("version_superseded", key, f"still offered, though {beside}")


_LOOKS: tuple[Callable[[Snapshot], Iterator[Finding]], ...] = (
    _stale,
    _fallbacks,
    _contacts,
    _types,
    _unused,
    _versions,
)
