"""Templates: named or matching texts become planned actions. Pure; see docs/guides/templates.md."""

from processors.templates.check import check_template, tool_name
from processors.templates.expand import NotExpanded, Planned, expand
from processors.templates.failures import TemplateProblem
from processors.templates.inputs import TemplateInputs, inputs_of
from processors.templates.patterns import Matched, admits, match_patterns

__all__ = [
    "Matched",
    "NotExpanded",
    "Planned",
    "TemplateInputs",
    "TemplateProblem",
    "admits",
    "check_template",
    "expand",
    "inputs_of",
    "match_patterns",
    "tool_name",
]
