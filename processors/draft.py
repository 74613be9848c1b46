"""Draft: a model's output becomes typed, validated proposals, or says why it cannot."""

import re
from dataclasses import dataclass
from datetime import datetime

from processors.formats import Proposal, Unreadable, read_output
from processors.snapshot import Snapshot
from processors.transitions import changed, invalid, transition
from processors.validation import check_params, unsupported_text
from schemas.events import ActionEvent, Drafted, FieldError, JsonObject, LlmResponse, Reason
from schemas.identity import action_id, params_hash
from schemas.names import Topic
from schemas.output import Output
from schemas.sequence import Rank, sequence
from schemas.states import State

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_UUID_CHARACTERS = 36
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")


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


def process(response: LlmResponse, facts: DraftFacts) -> list[Output]:
    """The drafted actions of a response, each with its state change, in the model's order."""
    if facts.first_content is not None:
        if facts.first_content == facts.content_hash:
            return []
        reason = Reason(
            code="response_id_reused",
            text="this response_id was used before with other content; the first one counts",
        )
        return [invalid(response, facts.now, reason, [])]
    outputs: list[Output] = []
    error = _unsupported(response)
    if error is not None:
        return [invalid(response, facts.now, Reason(code=error.code, text=error.text), [error])]
    trace = trace_of(response, facts.traceparent)
    for index, item in enumerate(read_output(response.output)):
        if isinstance(item, Unreadable):
            error = FieldError(code=item.code, text=item.text, pointer=item.pointer)
            reason = Reason(code=item.code, text=item.text)
            outputs.append(invalid(response, facts.now, reason, [error], trace_id=trace))
        else:
            outputs.extend(_draft(response, index, item, trace, facts))
    return outputs


def trace_of(response: LlmResponse, traceparent: str | None) -> str | None:
    """The response's own trace id, else the one of its `traceparent` header: 32 hex digits, not
    all zero (W3C Trace Context; a UUID's dashes are passed over). None when it is malformed."""
    given = response.trace_id
    if given is None:
        match = _TRACEPARENT.fullmatch(traceparent or "")
        given = match.group(1) if match else ""
    plain = given.replace("-", "") if len(given) == _UUID_CHARACTERS else given
    return plain if _TRACE_ID.fullmatch(plain) else None


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


def _draft(
    response: LlmResponse, index: int, proposal: Proposal, trace: str | None, facts: DraftFacts
) -> list[Output]:
    identity = action_id(response.tenant_id, "response", response.response_id, index)
    definition, plugin = facts.settings.resolve(proposal.name)
    action_type = definition.action_type if definition else proposal.name
    tool = plugin.tool if plugin else proposal.name
    errors = _errors(proposal, plugin.parameters if plugin else None)
    version = plugin.version if plugin else None
    hashed = None
    if not errors:
        try:
            hashed = params_hash(tool, version, proposal.params)
        except ValueError as error:
            errors = [FieldError(code="params_not_canonical", text=str(error)[:500])]
    if hashed is None:
        reason = Reason(code=errors[0].code, text=errors[0].text)
        return [
            invalid(
                response,
                facts.now,
                reason,
                errors,
                action_id=identity,
                action_type=_shown(action_type),
                tool=_shown(tool),
                trace_id=trace,
            )
        ]
    drafted = Drafted(
        sequence=sequence(1, Rank.DRAFT),
        action_id=identity,
        revision=1,
        tenant_id=response.tenant_id,
        trace_id=trace,
        action_type=action_type,
        tool=tool,
        tool_version=version,
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
        risk_level=response.risk_level,
        index=index,
        tool_candidates=response.tool_candidates,
        confidence=proposal.confidence,
        reasoning=_readable(proposal.reasoning),
        source=proposal.source,
        drafted_at=facts.now,
    )
    return [Output(Topic.DRAFTED, drafted.tenant_id, drafted), _drafted_state(drafted, facts)]


def _drafted_state(action: ActionEvent, facts: DraftFacts) -> Output:
    return changed(transition(action, State.DRAFTED, Rank.DRAFT, facts.now))


def _readable(text: str | None) -> str | None:
    """Reasoning is for people: NUL, which no database keeps as text, is shown as U+FFFD."""
    return None if text is None else text.replace("\x00", "\ufffd")


def _shown(name: str) -> str | None:
    """A name as far as it may be shown."""
    return name[:256] if name.isprintable() else None


def _errors(proposal: Proposal, schema: JsonObject | None) -> list[FieldError]:
    if len(proposal.name) > 128 or not proposal.name.isprintable():
        return [FieldError(code="action_type_unreadable", text="the name is no identifier")]
    if schema is None:
        # Nothing to check against: assess will find no tool and leave it to a person.
        return check_params({}, proposal.params)
    return check_params(schema, proposal.params)
