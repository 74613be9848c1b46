"""Output that is JSON: the documented shape, near it, or a provider's object.

    {"analysis": "…", "actions": [{"action_type": "create_task", "parameters": {…},
                                   "confidence": 0.85, "reasoning": "…"}]}

`actions` may be one object, `action` may stand for it, and the list or the call may stand
alone. Anything else is refused with what was expected. Where an object holds calls in two of these
ways, neither is chosen; an empty one says nothing. A message of anyone but the model is data.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from pydantic import JsonValue

from processors.formats.confidence import stated
from processors.formats.envelope import Envelope, is_from_others
from processors.formats.family import Found
from processors.formats.proposal import JsonDict, Proposal, Unreadable, is_dict
from processors.formats.providers import open_envelope
from processors.formats.shapes import (
    REASONING_CHARACTERS,
    is_call,
    is_sure_of_itself,
    read_call,
    reasoning_in,
)

ReadText = Callable[[str], Found]
_REASONING = ("analysis", "reasoning", "thought")
"""Where a response says why, beside its actions."""
SHAPE_UNKNOWN = Unreadable("shape_unknown", "expected an object with a list `actions`")
_SEVERAL = Unreadable("several_formats", "an object holds calls in two ways")


def read_value(value: JsonValue, read_text: ReadText, source: str = "json") -> Found:
    """Each action of the value, or what is wrong with it, in order. `read_text` reads the text
    of a provider's object."""
    if isinstance(value, list) and (not value or any(is_call(item) for item in value)):
        is_talk = any(is_dict(item) and is_from_others(item) for item in value)
        return [SHAPE_UNKNOWN] if is_talk else _read_all(value, "", source)
    if not is_dict(value):
        return [SHAPE_UNKNOWN]
    envelope = open_envelope(value)
    if envelope is None and "actions" in value and not ("action" in value or is_call(value)):
        return _actions(value, value["actions"], source)
    if envelope is not None and envelope.is_data:
        return []
    ways = list(_ways(value, envelope, read_text, source))
    if not ways:
        return [SHAPE_UNKNOWN]
    full = [found for found in ways if found]
    if len(full) > 1:
        return [_SEVERAL]
    return full[0] if full else []


def with_reasoning(found: Found, text: str | None) -> Found:
    """What was found, and this text where a proposal gives no reasons of its own."""
    reasoning = text and text.strip()[:REASONING_CHARACTERS]
    if not reasoning:
        return found
    return [
        replace(item, reasoning=reasoning)
        if isinstance(item, Proposal) and item.reasoning is None
        else item
        for item in found
    ]


def _ways(
    value: JsonDict, envelope: Envelope | None, read_text: ReadText, source: str
) -> Iterator[Found]:
    """What each way to hold calls that the object has, holds."""
    if envelope is not None:
        yield _opened(envelope, read_text)
    action = value.get("action")
    if "actions" in value:
        actions = value["actions"]
        # Of nothing, `null` alone is a mistake to tell; beside another way it is the empty one.
        if actions or not (envelope is not None or is_dict(action) or is_call(value)):
            yield _actions(value, actions, source)
        else:
            yield []
    if is_dict(action):
        yield _beside(value, [action], [read_call(action, "/action", source)])
    elif isinstance(action, str) and "action_input" in value:
        # The one JSON form of ReAct: name and input side by side.
        call: JsonDict = {"name": action, "input": value["action_input"]}
        yield [] if action == "Final Answer" else [read_call(call, "", "react")]
    if is_call(value):
        own = read_call(value, "", source)
        is_alone = envelope is None and "actions" not in value and not is_dict(action)
        if is_alone or not _is_about(own):
            yield [own]


def _is_about(own: Proposal | Unreadable) -> bool:
    """Whether a name and an `input` that is prose describe the response, and call nothing."""
    return isinstance(own, Unreadable) and own.code == "parameters_not_an_object"


def _opened(envelope: Envelope, read_text: ReadText) -> Found:
    if envelope.problem is not None:
        return [envelope.problem]
    calls = [
        call if isinstance(call, Unreadable) else read_call(*call, envelope.source)
        for call in envelope.calls
    ]
    in_text = read_text("\n".join(envelope.texts)) if envelope.texts else []
    if calls and in_text:
        return [_SEVERAL]
    return with_reasoning(calls or in_text, "\n".join(envelope.thoughts))


def _actions(value: JsonDict, actions: JsonValue, source: str) -> Found:
    if is_call(actions):
        return _beside(value, [actions], [read_call(actions, "/actions", source)])
    if not isinstance(actions, list):
        return [Unreadable("actions_not_a_list", "`actions` must be a list", "/actions")]
    return _beside(value, actions, _read_all(actions, "/actions", source))


def _beside(value: JsonDict, actions: list[JsonValue], found: Found) -> Found:
    """What was found in the actions, with what the response says for all of them."""
    confidence = stated(value)
    if confidence is not None:
        found = [
            replace(item, confidence=confidence)
            if isinstance(item, Proposal)
            and item.confidence is None
            and not is_sure_of_itself(action)
            else item
            for action, item in zip(actions, found, strict=True)
        ]
    return with_reasoning(found, reasoning_in(value, _REASONING))


def _read_all(items: list[JsonValue], pointer: str, source: str) -> Found:
    return [read_call(item, f"{pointer}/{index}", source) for index, item in enumerate(items)]
