"""Output that is JSON: the documented shape, near it, or a provider's object.

    {"analysis": "…", "actions": [{"action_type": "create_task", "parameters": {…},
                                   "confidence": 0.85, "reasoning": "…"}]}

`actions` may be one object, `action` may stand for it, and the list or the call may stand
alone. Anything else is refused with what was expected.
"""

from collections.abc import Callable
from dataclasses import replace

from pydantic import JsonValue

from processors.formats.confidence import is_stated, stated
from processors.formats.family import Found
from processors.formats.proposal import JsonDict, Proposal, Unreadable, is_dict
from processors.formats.providers import open_envelope
from processors.formats.shapes import REASONING_CHARACTERS, is_call, read_call, reasoning_in

ReadText = Callable[[str], Found]
_REASONING = ("analysis", "reasoning", "thought")
"""Where a response says why, beside its actions."""
SHAPE_UNKNOWN = Unreadable("shape_unknown", "expected an object with a list `actions`")


def read_value(value: JsonValue, read_text: ReadText, source: str = "json") -> Found:
    """Each action of the value, or what is wrong with it, in order. `read_text` reads the text
    of a provider's object that holds no call."""
    if isinstance(value, list) and (not value or any(is_call(item) for item in value)):
        return _read_all(value, "", source)
    if not is_dict(value):
        return [SHAPE_UNKNOWN]
    envelope = open_envelope(value)
    if envelope is not None:
        if envelope.problem is not None:
            return [envelope.problem]
        calls = [read_call(call, at, envelope.source) for call, at in envelope.calls]
        found = calls or read_text("\n".join(envelope.texts))
        return with_reasoning(found, "\n".join(envelope.thoughts))
    return _read_object(value, source)


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


def _read_object(value: JsonDict, source: str) -> Found:
    if "actions" in value:
        actions = value["actions"]
        if is_call(actions):
            return _beside(value, [actions], [read_call(actions, "/actions", source)])
        if not isinstance(actions, list):
            return [Unreadable("actions_not_a_list", "`actions` must be a list", "/actions")]
        return _beside(value, actions, _read_all(actions, "/actions", source))
    action = value.get("action")
    if is_dict(action):
        return _beside(value, [action], [read_call(action, "/action", source)])
    if isinstance(action, str) and "action_input" in value:
        # The one JSON form of ReAct: name and input side by side.
        if action == "Final Answer":
            return []
        call: JsonDict = {"name": action, "input": value["action_input"]}
        return [read_call(call, "", "react")]
    return [read_call(value, "", source)] if is_call(value) else [SHAPE_UNKNOWN]


def _beside(value: JsonDict, actions: list[JsonValue], found: Found) -> Found:
    """What was found in the actions, with what the response says for all of them."""
    confidence = stated(value)
    if confidence is not None:
        found = [
            replace(item, confidence=confidence)
            if isinstance(item, Proposal)
            and item.confidence is None
            and not (is_dict(action) and is_stated(action))
            else item
            for action, item in zip(actions, found, strict=True)
        ]
    return with_reasoning(found, reasoning_in(value, _REASONING))


def _read_all(items: list[JsonValue], pointer: str, source: str) -> Found:
    return [read_call(item, f"{pointer}/{index}", source) for index, item in enumerate(items)]
