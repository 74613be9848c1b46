"""What is promised of draft for every response."""

import re
from collections.abc import Iterator

import orjson

from interlock.draft_lines import draft_lines
from processors.draft import DraftFacts, process
from processors.snapshot import Snapshot
from schemas.codec import decode, encode
from schemas.events import Drafted, Event, LlmResponse, StateChanged
from schemas.states import State

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def broken_draft_promises(response: LlmResponse, facts: DraftFacts) -> list[str]:
    """Each promise that drafting this response breaks, as a sentence; not to raise is one."""
    try:
        return list(_broken(response, facts))
    except Exception as error:
        return [f"draft raises {type(error).__name__}: {error}"[:300]]


def _broken(response: LlmResponse, facts: DraftFacts) -> Iterator[str]:
    drafts = process(response, facts)
    events = [output.event for output in drafts.outputs]
    if [decode(output.topic, encode(output.event)) for output in drafts.outputs] != events:
        yield "an event is read as something else than was written"
    changes = [event for event in events if isinstance(event, StateChanged)]
    if not all(change.errors for change in changes if change.state is State.INVALID):
        yield "an `invalid` has no error"
    if any(map(_NUL.search, _told(events))):
        yield "NUL is told, which no database keeps as text"
    told = [change.action_id for change in changes if change.state is State.DRAFTED]
    drafted = [event.action_id for event in events if isinstance(event, Drafted)]
    if told != drafted or len(set(told)) < len(told):
        yield "drafted actions and their state changes differ"
    if process(response, facts) != drafts:
        yield "drafted twice it is something else"


def _told(events: list[Event]) -> Iterator[str]:
    """As JSON: what draft says itself, beside what it carries on."""
    for event in events:
        match event:
            case StateChanged():
                yield event.model_dump_json(include={"errors", "reason", "tool", "action_type"})
            case Drafted():
                yield event.model_dump_json(include={"params", "reasoning", "tool", "condition"})


def broken_line_promises(lines: list[bytes], settings: Snapshot) -> list[str]:
    """Of `interlock draft --jsonl`: one line in is one line out, a JSON object."""
    try:
        said = list(draft_lines(lines, settings))
    except Exception as error:
        return [f"a line raises {type(error).__name__}: {error}"[:300]]
    if len(said) != sum(bool(line.strip()) for line in lines):
        return [f"{len(lines)} lines in, {len(said)} out"]
    whole = all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in said)
    if not whole or any(
        {*orjson.loads(line)} != {"response_id", "actions", "errors"} for line in said
    ):
        return ["a line out is no answer"]
    return []
