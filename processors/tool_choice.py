"""Which tool a proposed name means, and the candidates its upstream offers in its place."""

from dataclasses import dataclass, replace

from processors.catalog import Match, in_force, match
from processors.formats import Proposal
from processors.snapshot import Snapshot
from processors.suggestions import suggestions
from processors.typing_by_schema import typed
from schemas.events import FieldError, LlmResponse
from schemas.names import TenantId
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
    """The first of the name and the response's candidates that the tenant has a tool for.

    Names that are merely close are never taken: they are suggested in `unknown`. Only who
    configures may choose a version.

    Args:
        configured: the name is a template's, not a model's.
    """
    tenant = response.tenant_id
    own = match(settings, name, tenant) if configured else in_force(settings, name, tenant)
    if own is not None and own.plugin is not None:
        return _chosen(own, own.plugin)
    for candidate in response.tool_candidates if settings.flag(ROUTER) else ():
        found = in_force(settings, candidate, tenant)
        if found is not None and found.plugin is not None:
            return _chosen(found, found.plugin, degraded_from=name)
    close = suggestions(settings, name, tenant)
    unknown = FieldError(
        code="tool_unknown",
        text=_why(settings, name, tenant, close),
        pointer="/name",
        given=name[:128] if name.isprintable() else None,
        expected=" | ".join(close) or None,
    )
    action_type = own.definition.action_type if own is not None and own.definition else name
    return Choice(action_type, name, unknown=unknown)


def _why(settings: Snapshot, reference: str, tenant: TenantId, close: list[str]) -> str:
    name, at, wanted = reference.partition("@")
    found = in_force(settings, name, tenant) if at else None
    if found is not None and found.plugin is not None:
        return f"{name} is at {found.plugin.version}, which @{wanted} does not allow"
    meant = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"there is no such action or tool{meant}"


def _chosen(found: Match, plugin: PluginSpec, degraded_from: str | None = None) -> Choice:
    definition = found.definition
    return Choice(
        definition.action_type if definition else plugin.tool, plugin.tool, plugin, degraded_from
    )
