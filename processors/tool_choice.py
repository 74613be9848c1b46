"""Which tool a proposed name means, and the candidates its upstream offers in its place."""

from dataclasses import dataclass, replace

from processors.catalog import Match, match, named
from processors.formats import Proposal
from processors.snapshot import Snapshot
from processors.suggestions import suggestions
from processors.typing_by_schema import typed
from schemas.events import FieldError, LlmResponse
from schemas.settings import PluginSpec

ROUTER = "react-action-router"
"""The flag without which only literal names count."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The tool, or the name alone where the catalog has none: then a person does it."""

    action_type: str
    tool: str
    plugin: PluginSpec | None = None
    degraded_from: str | None = None
    """The name that was proposed, if a candidate stands in its place."""
    unknown: FieldError | None = None
    """What to tell the model's side about a name nobody knows."""

    @property
    def version(self) -> str | None:
        return None if self.plugin is None else self.plugin.version

    def typed(self, proposal: Proposal) -> Proposal:
        """The proposal, with the types the tool's schema gives what came without one."""
        if self.plugin is None:
            return proposal
        params = typed(self.plugin.parameters, proposal.params, proposal.texts)
        return proposal if params is proposal.params else replace(proposal, params=params)


def choose(
    settings: Snapshot, name: str, response: LlmResponse, *, configured: bool = False
) -> Choice:
    """The first of the name and the response's candidates that the catalog has.

    Names that are merely close are never taken: they are suggested in `unknown`. Only who
    configures or publishes may choose a version: to a model an older one may look milder.

    Args:
        configured: the name is a template's, not a model's.
    """
    found = match(settings, name) if configured else named(settings, name)
    if found is not None:
        return _chosen(found, name)
    for candidate in response.tool_candidates if settings.flag(ROUTER) else ():
        found = match(settings, candidate)
        if found is not None:
            return _chosen(found, name, degraded_from=name)
    close = suggestions(settings, name, response.tenant_id)
    meant = f"; did you mean {' or '.join(close)}?" if close else ""
    unknown = FieldError(
        code="tool_unknown",
        text=f"the catalog has no such action or tool{meant}",
        pointer="/name",
        given=name[:128] if name.isprintable() else None,
        expected=" | ".join(close) or None,
    )
    return Choice(name, name, unknown=unknown)


def _chosen(found: Match, name: str, degraded_from: str | None = None) -> Choice:
    definition, plugin = found.definition, found.plugin
    tool = plugin.tool if plugin else name
    return Choice(definition.action_type if definition else tool, tool, plugin, degraded_from)
