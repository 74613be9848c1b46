"""The documented JSON shape: `{"actions": [{"action_type", "parameters", …}]}`.

    {"analysis": "…", "actions": [{"action_type": "create_task", "parameters": {…},
                                   "confidence": 0.85, "reasoning": "…"}]}

Anything else that is an object or a list is not this shape, and is refused with what was
expected. Other shapes are other files' business.
"""

from pydantic import JsonValue

from processors.formats.proposal import JsonDict, Proposal, Unreadable, is_dict

REASONING_CHARACTERS = 4_000


def read_documented(value: JsonValue, source: str = "json") -> list[Proposal | Unreadable]:
    """Each action of the list, or what is wrong with it, in order."""
    if not is_dict(value) or "actions" not in value:
        return [Unreadable("shape_unknown", "expected an object with a list `actions`")]
    actions = value["actions"]
    if not isinstance(actions, list):
        return [Unreadable("actions_not_a_list", "`actions` must be a list", "/actions")]
    return [_read_action(item, f"/actions/{i}", source) for i, item in enumerate(actions)]


def _read_action(item: JsonValue, pointer: str, source: str) -> Proposal | Unreadable:
    if not is_dict(item):
        return Unreadable("action_not_an_object", "an action must be an object", pointer)
    name = item.get("action_type")
    if not isinstance(name, str) or not name:
        return Unreadable(
            "action_type_missing", "an action needs a text `action_type`", f"{pointer}/action_type"
        )
    params = item.get("parameters", {})
    if not is_dict(params):
        return Unreadable(
            "parameters_not_an_object", "`parameters` must be an object", f"{pointer}/parameters"
        )
    return Proposal(name, params, _confidence(item), _reasoning(item), source)


def _confidence(item: JsonDict) -> float | None:
    """A number from 0 to 1; anything else counts as not given (85 may be a percentage, or a
    model's mistake: neither may pass a threshold)."""
    value = item.get("confidence")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


def _reasoning(item: JsonDict) -> str | None:
    value = item.get("reasoning")
    return value[:REASONING_CHARACTERS] if isinstance(value, str) else None
