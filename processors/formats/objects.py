"""Output that is JSON: the documented shape, near it, or a provider's object.

    {"analysis": "…", "actions": [{"action_type": "create_task", "parameters": {…},
                                   "confidence": 0.85, "reasoning": "…"}]}

`actions` may be one object, `action` may stand for it, and the list or the call may stand
alone. Anything else is refused with what was expected.
"""

from collections.abc import Callable

from pydantic import JsonValue

from processors.formats.family import Found
from processors.formats.proposal import JsonDict, Unreadable, is_dict
from processors.formats.providers import open_envelope
from processors.formats.shapes import is_call, read_call

ReadText = Callable[[str], Found]


def read_value(value: JsonValue, read_text: ReadText, source: str = "json") -> Found:
    """Each action of the value, or what is wrong with it, in order. `read_text` reads the text
    of a provider's object that holds no call."""
    if isinstance(value, list) and (not value or any(is_call(item) for item in value)):
        return _read_all(value, "", source)
    if not is_dict(value):
        return [_unknown()]
    envelope = open_envelope(value)
    if envelope is not None:
        if envelope.problem is not None:
            return [envelope.problem]
        calls = [read_call(call, at, envelope.source) for call, at in envelope.calls]
        return calls or read_text("\n".join(envelope.texts))
    return _read_object(value, source)


def _read_object(value: JsonDict, source: str) -> Found:
    if "actions" in value:
        actions = value["actions"]
        if is_call(actions):
            return [read_call(actions, "/actions", source)]
        if not isinstance(actions, list):
            return [Unreadable("actions_not_a_list", "`actions` must be a list", "/actions")]
        return _read_all(actions, "/actions", source)
    action = value.get("action")
    if is_dict(action):
        return [read_call(action, "/action", source)]
    if isinstance(action, str) and "action_input" in value:
        # The one JSON form of ReAct: name and input side by side.
        if action == "Final Answer":
            return []
        call: JsonDict = {"name": action, "input": value["action_input"]}
        return [read_call(call, "", "react")]
    return [read_call(value, "", source)] if is_call(value) else [_unknown()]


def _read_all(items: list[JsonValue], pointer: str, source: str) -> Found:
    return [read_call(item, f"{pointer}/{index}", source) for index, item in enumerate(items)]


def _unknown() -> Unreadable:
    return Unreadable("shape_unknown", "expected an object with a list `actions`")
