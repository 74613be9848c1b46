"""What a response proposes: by its output, or by a template it names or matches.

| the response | |
|---|---|
| names a template | the template, with what the output proposes as its `params` |
| its text proposes nothing, and a line of it is a template's pattern | that template |
| else | what the output proposes |

With the flag `react-action-router` off there are no templates.
"""

from dataclasses import dataclass, replace

from pydantic import JsonValue

from processors.formats import Proposal, Unreadable, read_output, spoken
from processors.formats.confidence import MOST_REPAIRED, assumed
from processors.formats.json_text import JsonRead, read_json
from processors.formats.objects import SHAPE_UNKNOWN
from processors.formats.proposal import JsonDict, is_dict
from processors.snapshot import Snapshot
from processors.templates import (
    NotExpanded,
    Planned,
    TemplateInputs,
    admits,
    expand,
    inputs_of,
    match_patterns,
)
from processors.tool_choice import ROUTER
from schemas.events import FieldError, LlmResponse, Strategy
from schemas.names import RiskLevel
from schemas.settings import ActionTemplate


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal, and what its template adds."""

    proposal: Proposal
    template: str | None = None
    """`name@version`"""
    depends_on: tuple[int, ...] = ()
    """Places of the actions before it."""
    condition: str | None = None
    strategy: Strategy | None = None
    risk_level: RiskLevel | None = None


@dataclass(frozen=True, slots=True)
class Unexpanded:
    """A template that proposes nothing although it should."""

    errors: tuple[FieldError, ...]
    inputs: JsonValue
    """The template's name and what it was given: the same again fails again."""


Proposals = list[Proposed | Unreadable | Unexpanded]


def propose(response: LlmResponse, settings: Snapshot) -> Proposals:
    """Each action of the response, or what is wrong with it, in order."""
    found = read_output(response.output)
    if not settings.flag(ROUTER):
        return _literal(found)
    if response.action_template is not None:
        return _named(response, response.action_template, settings, found)
    return _literal(found) if found else _matched(response, settings)


def _literal(found: list[Proposal | Unreadable]) -> Proposals:
    return [item if isinstance(item, Unreadable) else Proposed(item) for item in found]


def _named(
    response: LlmResponse, name: str, settings: Snapshot, found: list[Proposal | Unreadable]
) -> Proposals:
    template = settings.templates.get(name)
    if template is None or not template.is_active or not admits(template, response.tenant_id):
        return [Unreadable("template_unknown", "the response names a template there is not")]
    given = _given(response.output, found)
    if isinstance(given, list):
        return [*given]
    inputs = inputs_of(response, thought=spoken(response.output), params=given.params)
    return _planned(name, template, inputs, given)


def _given(output: JsonValue, found: list[Proposal | Unreadable]) -> Proposal | list[Unreadable]:
    """What the model supplies to a template: at most one proposal, or a bare object."""
    bare = _bare(output) if found == [SHAPE_UNKNOWN] else None
    if bare is not None:
        return _supplied(bare)
    problems = [item for item in found if isinstance(item, Unreadable)]
    if problems:
        return problems
    proposals = [item for item in found if isinstance(item, Proposal)]
    if len(proposals) > 1:
        text = f"{len(proposals)} proposals; a template takes the parameters of one"
        return [Unreadable("template_ambiguous", text)]
    return proposals[0] if proposals else _supplied({})


def _bare(output: JsonValue) -> JsonDict | None:
    """An object, or its JSON text, that names no action."""
    read = read_json(output) if isinstance(output, str) else JsonRead(output)
    return read.value if isinstance(read, JsonRead) and is_dict(read.value) else None


def _supplied(params: JsonDict) -> Proposal:
    source = "template"
    return Proposal("", params, assumed(source), None, source, confidence_assumed=True)


def _matched(response: LlmResponse, settings: Snapshot) -> Proposals:
    text = spoken(response.output)
    matched = match_patterns(settings.templates, text, response.tenant_id) if text else None
    if matched is None:
        return []
    if isinstance(matched, Unreadable):
        return [matched]
    inputs = inputs_of(response, thought=text, match=matched.match)
    return _planned(matched.name, matched.template, inputs, replace(_supplied({}), source="text"))


def _planned(
    name: str, template: ActionTemplate, inputs: TemplateInputs, given: Proposal
) -> Proposals:
    plan = expand(name, template, inputs)
    if isinstance(plan, NotExpanded):
        seen: JsonValue = [name, inputs.params, dict(inputs.match), inputs.context]
        return [Unexpanded(plan.errors, seen)]
    return [_proposed(step, given) for step in plan]


def _proposed(step: Planned, given: Proposal) -> Proposed:
    """The step as a proposal. The template says how sure it is, the model what it thinks of its
    own part: the lower counts."""
    stated = None if given.confidence_assumed else given.confidence
    said = [value for value in (step.confidence, stated) if value is not None]
    confidence = min(said, default=given.confidence)
    if given.repaired and confidence is not None:
        confidence = min(confidence, MOST_REPAIRED)
    proposal = replace(
        given,
        name=step.tool,
        params=step.params,
        confidence=confidence,
        source="template" if given.name else given.source,
        not_before=step.not_before,
        texts={},
        confidence_assumed=given.confidence_assumed and step.confidence is None,
    )
    return Proposed(
        proposal,
        template=f"{step.template}@{step.template_version}",
        depends_on=step.depends_on,
        condition=step.condition,
        strategy=step.strategy,
        risk_level=step.risk_level,
    )
