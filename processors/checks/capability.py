"""Whether there is a tool that can do it, for this tenant, as it was drafted."""

from processors.checks.case import Case, Check
from schemas.names import Verdict


def _not_entitled(case: Case) -> bool:
    plugin = case.plugin
    return plugin is not None and not plugin.serves(case.action.tenant_id)


def _catalogued(case: Case) -> bool:
    """Whether the catalog has the tool at all, in whatever version."""
    return case.facts.settings.plugin(case.action.tool) is not None


def _version_gone(case: Case) -> bool:
    if case.plugin is None:
        return _catalogued(case)
    return case.plugin.version != case.action.tool_version


CAPABILITY: tuple[Check, ...] = (
    (
        "trace_missing",
        Verdict.HALT,
        lambda c: c.action.trace_id is None,
        "no trace id: what led to this cannot be followed",
    ),
    (
        "tool_unknown",
        Verdict.HALT,
        lambda c: c.plugin is None and not _catalogued(c),
        "no plugin of the catalog serves this tool",
    ),
    (
        "tool_version_gone",
        Verdict.HALT,
        _version_gone,
        "the catalog no longer has the version this was drafted for",
    ),
    ("tenant_not_entitled", Verdict.HALT, _not_entitled, "the tenant may not use this tool"),
)

LEFT_TO_A_PERSON = frozenset({"tool_unknown", "tool_version_gone", "tenant_not_entitled"})
"""What halts for want of a tool: somebody may do it by hand."""
