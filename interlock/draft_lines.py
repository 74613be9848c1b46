"""Responses as JSON lines in, what draft makes of them as JSON lines out: the core alone.

    in   {"response_id": "r-1", "output": …}     other fields as on `llm.responses`
    out  {"response_id": "r-1",
          "actions": [{"tool", "params", "source", "repaired", "confidence"}],
          "errors": [{"proposal", "code", "text", "pointer", …}]}

With a catalog an action whose tool it lacks is an error; in the chain a person would do it.
No topic, no database, no trace needed. A line that is no response is one error, and the next
line is read.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import orjson
from pydantic import JsonValue, ValidationError

from processors.draft import DraftFacts, process
from processors.formats.family import MOST_ACTIONS
from processors.snapshot import Snapshot
from schemas import jsontext
from schemas.events import Drafted, FieldError, LlmResponse, StateChanged
from schemas.faults import RecordFault
from schemas.identity import action_id
from schemas.names import ActionId
from schemas.states import State

TENANT = "-"
"""Of a line that names none; tools that are entitled to some only are found all the same."""


def draft_lines(lines: Iterable[bytes], settings: Snapshot | None) -> Iterator[bytes]:
    """One line out for each line in, in order; empty lines are passed over. Without settings any
    tool may be called with anything."""
    for line in lines:
        if line.strip():
            yield orjson.dumps(_drafted(line, settings), option=orjson.OPT_APPEND_NEWLINE)


def _drafted(line: bytes, settings: Snapshot | None) -> dict[str, object]:
    value: JsonValue = None
    try:
        value = jsontext.loads(line, "line")
        if not isinstance(value, dict):
            raise RecordFault("not_an_object", "a response is a JSON object")
        response = LlmResponse.model_validate({"tenant_id": TENANT, "response_id": "-", **value})
    except RecordFault as fault:
        return _refused(value, FieldError(code=fault.code, text=fault.text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        return _refused(value, FieldError(code="bad_field", text=first["msg"], pointer=pointer))
    facts = DraftFacts(
        settings=settings or Snapshot(), now=datetime.now(UTC), content_hash="", first_content=None
    )
    actions: list[dict[str, object]] = []
    errors: list[dict[str, object]] = []
    checked = settings is not None
    for output in process(response, facts).outputs:
        event = output.event
        if isinstance(event, Drafted) and (event.tool_version is not None or not checked):
            actions.append(_action(event))
        elif isinstance(event, StateChanged) and (checked or event.state is State.INVALID):
            place = _place(response, event.action_id) if event.errors else None
            errors += (_error(error, place) for error in event.errors)
    return {"response_id": value.get("response_id"), "actions": actions, "errors": errors}


def _place(response: LlmResponse, action: ActionId | None) -> int | None:
    """Which of the response's proposals an action is, counted from 0; None for all of it."""
    if action is None:
        return None
    ids = (
        action_id(response.tenant_id, "response", response.response_id, place)
        for place in range(MOST_ACTIONS)
    )
    return next((place for place, known in enumerate(ids) if known == action), None)


def _error(error: FieldError, place: int | None = None) -> dict[str, object]:
    """An error; `proposal` says whose, where it is one's."""
    said: dict[str, object] = error.model_dump(exclude_none=True)
    return said if place is None else {"proposal": place, **said}


def _refused(value: JsonValue, error: FieldError) -> dict[str, object]:
    said = value.get("response_id") if isinstance(value, dict) else None
    return {
        "response_id": said,
        "actions": [],
        "errors": [_error(error)],
    }


def _action(drafted: Drafted) -> dict[str, object]:
    return {
        "tool": drafted.tool,
        "params": drafted.params,
        "source": drafted.source,
        "repaired": drafted.repaired,
        "confidence": drafted.confidence,
    }
