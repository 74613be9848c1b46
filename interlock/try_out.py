"""One response through draft and assess, as if it came now. Changes nothing: no topic, no database.

Limits are empty windows, and the IAM is taken to allow it. A response that names no trace gets one
made up, since in the chain it may come in a header; `trace_made_up` says so.
"""

from dataclasses import dataclass

from pydantic import JsonValue, ValidationError

from interlock.assess_lines import made_up_trace
from interlock.dry_world import World
from processors import draft
from processors.draft import DraftFacts
from schemas import jsontext
from schemas.events import Assessed, Drafted, FieldError, LlmResponse, Reason, StateChanged
from schemas.faults import RecordFault
from schemas.identity import content_hash
from schemas.states import State

_OURS = ("tenant_id", "response_id")
"""What tells a response from a provider's object that has an `output` of its own."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What draft would not make an action of."""

    tool: str | None
    reason: Reason | None
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    response: LlmResponse
    trace_made_up: bool
    found: tuple[Assessed | Refused, ...]
    """In the order of the response's proposals; empty: it proposes nothing."""


def read_response(text: bytes, tenant: str | None) -> LlmResponse:
    """A response as on `llm.responses`, or a model's output alone: text, or a provider's object.

    Args:
        tenant: whose it is, whatever the file says; None: as it says, else `demo`.

    Raises:
        RecordFault: it is no text, or a field of it is not as it should be.
    """
    value = _value(text)
    is_ours = isinstance(value, dict) and "output" in value and any(f in value for f in _OURS)
    said = value if is_ours and isinstance(value, dict) else {"output": value}
    given = {"tenant_id": "demo", "response_id": content_hash(text)[:32], **said}
    if tenant is not None:
        given["tenant_id"] = tenant
    try:
        return LlmResponse.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecordFault("bad_field", f"{place}: {first['msg']}") from None


def _value(text: bytes) -> JsonValue:
    try:
        return jsontext.loads(text, "file")
    except RecordFault as fault:
        if fault.code != "not_json":
            raise
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise RecordFault("bad_text", "file: neither JSON nor text in UTF-8") from None


def try_out(response: LlmResponse, world: World) -> Tried:
    """What would become of each of its proposals."""
    made_up = response.trace_id is None
    if made_up:
        seed = f"{response.tenant_id}\x1f{response.response_id}"
        response = response.model_copy(update={"trace_id": made_up_trace(seed)})
    facts = DraftFacts(
        settings=world.settings,
        now=world.now,
        content_hash="",
        first_content=None,
        tenant_defaults=world.tenant_defaults,
    )
    found: list[Assessed | Refused] = []
    for output in draft.process(response, facts).outputs:
        event = output.event
        if isinstance(event, Drafted):
            found.append(world.assess(event))
        elif isinstance(event, StateChanged) and event.state is State.INVALID:
            found.append(Refused(event.tool, event.reason, tuple(event.errors)))
    return Tried(response, made_up, tuple(found))
