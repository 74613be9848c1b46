"""Draft: a model's output becomes typed, validated proposals, or says why it cannot.

output → what it proposes (`formats`, `templates`) → which tool (`catalog`) → its parameters'
types, schema, time → `actions.drafted`, or `invalid` with errors a model can correct itself by
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from processors.formats import Proposal, Unreadable
from processors.labels import CONFIDENCE_ASSUMED, FORMAT
from processors.proposing import Proposed, Unexpanded, propose
from processors.readable import readable, readable_error
from processors.repeats import proposal_hash, without_ids
from processors.risk import graver
from processors.scheduling import start
from processors.sensitive import unquoted_errors
from processors.snapshot import Snapshot
from processors.tool_choice import Choice, choose
from processors.trace import trace_id
from processors.transitions import changed, invalid, transition
from processors.validation import check_params, unsupported_text
from schemas.events import Drafted, FieldError, JsonObject, LlmResponse, Reason
from schemas.identity import action_id, params_hash
from schemas.names import ActionId, ParamsHash, Topic
from schemas.output import Output
from schemas.sequence import Rank, sequence
from schemas.settings import TenantSettings
from schemas.states import State

_TOLD_SOURCES = frozenset({"json", "react", "text", "template"})
"""Formats that `source` tells by name; all others are a provider's or a model's `tool_call`."""


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """What draft knows beside the response itself."""

    settings: Snapshot
    now: datetime
    content_hash: str
    """Of this response's record."""
    first_content: str | None
    """Content hash first seen under this response id; None if it is new."""
    traceparent: str | None = None
    """The record's W3C trace context header, for a response that names no trace itself."""
    tenant_defaults: TenantSettings = field(default_factory=TenantSettings)


@dataclass(slots=True)
class Drafts:
    """What a response became."""

    outputs: list[Output] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    """Place of an `invalid` among the outputs → hash of what was proposed."""
    without_trace: int = 0
    """How many of the drafted actions nobody can follow back."""


def process(response: LlmResponse, facts: DraftFacts) -> Drafts:
    """The drafted actions of a response, each with its state change, in the model's order."""
    if facts.first_content is not None:
        if facts.first_content == facts.content_hash:
            return Drafts()
        reason = Reason(
            code="response_id_reused",
            text="this response_id was used before with other content; the first one counts",
        )
        return Drafts([invalid(response, facts.now, reason, [])])
    error = _unsupported(response)
    if error is not None:
        reason = Reason(code=error.code, text=error.text)
        return Drafts([invalid(response, facts.now, reason, [error])])
    drafting = _Drafting(response, facts)
    for index, item in enumerate(propose(response, facts.settings)):
        drafting.add(index, item)
    return drafting.drafts


def _unsupported(response: LlmResponse) -> FieldError | None:
    """NUL in what every event of the response's actions would carry, beside its labels: those
    were looked at when it was read."""
    user = response.user_ctx
    beside: JsonObject = {
        "tool_candidates": list(response.tool_candidates),
        "tenant_ctx": response.tenant_ctx,
        "user_ctx": None if user is None else [user.user_id, *user.roles, user.locale],
        "context": response.context,
    }
    return unsupported_text(beside, "")


class _Drafting:
    """One response's actions, one after the other: later ones may depend on earlier ones."""

    def __init__(self, response: LlmResponse, facts: DraftFacts) -> None:
        self._response = response
        self._facts = facts
        self._trace = trace_id(response.trace_id, facts.traceparent)
        tenant = facts.settings.tenant(response.tenant_id) or facts.tenant_defaults
        self._ahead = timedelta(seconds=tenant.schedule_ahead_max_s)
        self._drafted: dict[int, ActionId] = {}
        self.drafts = Drafts()

    def add(self, index: int, item: Proposed | Unreadable | Unexpanded) -> None:
        response, now = self._response, self._facts.now
        if isinstance(item, Unexpanded):
            self._refuse(item.errors, proposal_hash("template", item.inputs))
            return
        if isinstance(item, Unreadable):
            error = FieldError(code=item.code, text=item.text, pointer=item.pointer)
            self._refuse([error], proposal_hash(item.code, without_ids(response.output)))
            return
        identity = action_id(response.tenant_id, "response", response.response_id, index)
        choice = choose(
            self._facts.settings,
            item.proposal.name,
            response,
            configured=item.template is not None,
        )
        proposal = choice.typed(item.proposal)
        errors = [*self._predecessors(item), *_errors(proposal, choice)]
        begin = start(proposal.not_before, now, self._ahead)
        if isinstance(begin, FieldError):
            errors.append(begin)
        hashed: ParamsHash | None = None
        if not errors:
            try:
                hashed = params_hash(choice.tool, choice.version, proposal.params)
            except ValueError as error:
                errors = [FieldError(code="params_not_canonical", text=str(error)[:500])]
        if hashed is None or isinstance(begin, FieldError):
            seen = proposal_hash("call", [proposal.name, proposal.params])
            self._refuse(errors, seen, identity, choice, proposal.params)
            return
        self._drafted[index] = identity
        drafted = Drafted(
            sequence=sequence(1, Rank.DRAFT),
            action_id=identity,
            revision=1,
            tenant_id=response.tenant_id,
            trace_id=self._trace,
            action_type=choice.action_type,
            tool=choice.tool,
            tool_version=choice.version,
            params=proposal.params,
            params_hash=hashed,
            response_id=response.response_id,
            thought_id=response.thought_id,
            prediction_id=response.prediction_id,
            llm_response_id=response.llm_response_id,
            model=response.model,
            user_ctx=response.user_ctx,
            tenant_ctx=response.tenant_ctx,
            context=response.context,
            risk_level=graver(response.risk_level, item.risk_level),
            index=index,
            tool_candidates=response.tool_candidates,
            confidence=proposal.confidence,
            reasoning=readable(proposal.reasoning),
            source=proposal.source if proposal.source in _TOLD_SOURCES else "tool_call",
            repaired=proposal.repaired,
            template=item.template,
            depends_on=[self._drafted[at] for at in item.depends_on],
            condition=item.condition,
            not_before=begin,
            degraded_from=choice.degraded_from,
            labels=_labels(proposal),
            strategy=item.strategy,
            drafted_at=now,
        )
        self._put(drafted, choice)

    def _put(self, drafted: Drafted, choice: Choice) -> None:
        change = transition(drafted, State.DRAFTED, Rank.DRAFT, self._facts.now)
        if choice.unknown is not None:
            errors = _told([choice.unknown], choice, {})
            change = change.model_copy(update={"errors": errors})
        outputs = [Output(Topic.DRAFTED, drafted.tenant_id, drafted), changed(change)]
        self.drafts.outputs.extend(outputs)
        self.drafts.without_trace += drafted.trace_id is None

    def _refuse(
        self,
        errors: Sequence[FieldError],
        seen: str,
        identity: ActionId | None = None,
        choice: Choice | None = None,
        params: JsonObject | None = None,
    ) -> None:
        errors = _told(errors, choice, params or {})
        self.drafts.refused[len(self.drafts.outputs)] = seen
        refusal = invalid(
            self._response,
            self._facts.now,
            Reason(code=errors[0].code, text=errors[0].text),
            errors,
            action_id=identity,
            action_type=None if choice is None else _shown(choice.action_type),
            tool=None if choice is None else _shown(choice.tool),
            trace_id=self._trace,
        )
        self.drafts.outputs.append(refusal)

    def _predecessors(self, item: Proposed) -> list[FieldError]:
        if all(at in self._drafted for at in item.depends_on):
            return []
        text = "an action it comes after is invalid"
        return [FieldError(code="predecessor_invalid", text=text)]


def _errors(proposal: Proposal, choice: Choice) -> list[FieldError]:
    if len(proposal.name) > 128 or not proposal.name.isprintable():
        return [FieldError(code="action_type_unreadable", text="the name is no identifier")]
    # Without a tool there is nothing to check against: assess will leave it to a person.
    return check_params({} if choice.plugin is None else choice.plugin.parameters, proposal.params)


def _told(
    errors: Sequence[FieldError], choice: Choice | None, params: JsonObject
) -> list[FieldError]:
    """Errors as everyone may read them, whatever they quote."""
    plugin = None if choice is None else choice.plugin
    tags = {} if plugin is None else plugin.sensitive_parameters
    return [readable_error(error) for error in unquoted_errors(errors, params, tags)]


def _labels(proposal: Proposal) -> list[str]:
    """What is said of how it was read, beyond `source`."""
    labels = [] if proposal.source in _TOLD_SOURCES else [f"{FORMAT}{proposal.source}"]
    return [*labels, CONFIDENCE_ASSUMED] if proposal.confidence_assumed else labels


def _shown(name: str) -> str | None:
    """A name as far as it may be shown."""
    return name[:256] if name.isprintable() else None
