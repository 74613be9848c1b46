"""One call as a JSON object, in the documented shape or near it.

| | names |
|---|---|
| the action | `action_type`, `tool`, `name`, `function` |
| its parameters | `parameters`, `params`, `arguments`, `args`, `input` |

Parameters are an object, or an object's JSON text. `function` may hold name and arguments
itself, as OpenAI has it. Two names or two sets of parameters that differ are refused, wherever
they stand: which one counts would be a guess. Of two confidences the lower counts.
"""

import json
from dataclasses import replace
from typing import NamedTuple

from pydantic import JsonValue

from processors.formats.confidence import KEYS, is_stated, read_confidence, stated
from processors.formats.json_text import JsonRead, named
from processors.formats.limits import beyond_limits
from processors.formats.proposal import JsonDict, Proposal, Unreadable, is_dict
from processors.formats.repair import read_or_repair

NAMES = ("action_type", "tool", "name", "function")
PARAMETERS = ("parameters", "params", "arguments", "args", "input")
REASONING = ("reasoning", "rationale", "explanation", "thought", "justification")
REASONING_CHARACTERS = 4_000
_DIFFERING = {
    **dict.fromkeys(NAMES, "action_type_ambiguous"),
    **dict.fromkeys(PARAMETERS, "parameters_ambiguous"),
    "not_before": "not_before_ambiguous",
}
"""What is told where `function` and what stands beside it say two things."""


def is_call(value: JsonValue) -> bool:
    """Whether an object names an action and its parameters: enough to be a call wherever it
    stands."""
    if not is_dict(value):
        return False
    if is_dict(inner := value.get("function")) and is_call(inner):
        return True
    for name in NAMES:
        if isinstance(value.get(name), str):
            return any(key in value for key in PARAMETERS)
    return False


def read_call(item: JsonValue, pointer: str, source: str) -> Proposal | Unreadable:
    """The call, or what is wrong with it. `pointer`: where it stands in the output."""
    if not is_dict(item):
        return Unreadable("action_not_an_object", "an action must be an object", pointer)
    fields = item
    if is_dict(inner := item.get("function")):
        together = _together(inner, item, pointer)
        if isinstance(together, Unreadable):
            return together
        fields = together
    name = _name(fields, pointer)
    if isinstance(name, Unreadable):
        return name
    params = _parameters(fields, pointer)
    if isinstance(params, Unreadable):
        return params
    not_before = fields.get("not_before")
    if not (not_before is None or isinstance(not_before, str)):
        text = "`not_before` must be a text"
        return Unreadable("not_before_unreadable", text, f"{pointer}/not_before")
    return Proposal(
        name,
        params.value,
        stated(fields),
        reasoning_in(fields, REASONING),
        source,
        params.repaired,
        not_before,
    )


def reasoning_in(fields: JsonDict, keys: tuple[str, ...]) -> str | None:
    """What the first of the keys that holds text says, shortened."""
    for key in keys:
        if isinstance(text := fields.get(key), str) and text.strip():
            return text[:REASONING_CHARACTERS]
    return None


def is_sure_of_itself(item: JsonValue) -> bool:
    """Whether a call says how sure it is, readable or not."""
    if not is_dict(item):
        return False
    inner = item.get("function")
    return is_stated(item) or (is_dict(inner) and is_stated(inner))


def _together(inner: JsonDict, item: JsonDict, pointer: str) -> JsonDict | Unreadable:
    """What `function` says and what stands beside it, unless they say two things."""
    fields = {key: value for key, value in item.items() if key != "function"}
    for key, value in inner.items():
        other = fields.get(key)
        if value in (None, "") or key == "function":
            fields.setdefault(key, value)
            continue
        fields[key] = value
        if other in (None, ""):
            continue
        if key in KEYS:
            fields[key] = min((other, value), key=_sureness)
        elif key in _DIFFERING and _plain(key, value) != _plain(key, other):
            return Unreadable(_DIFFERING[key], f"two values of `{key}` differ", pointer)
    fields.pop("function", None)
    return fields


def _sureness(value: JsonValue) -> float:
    read = read_confidence(value)
    return 2.0 if read is None else read


def _plain(key: str, value: JsonValue) -> str:
    """A field's value to compare: to Python `1`, `1.0` and `true` are the same."""
    read = _object(value, key) if key in PARAMETERS else value
    return _as_json(read.value if isinstance(read, _Params) else value)


def _name(fields: JsonDict, pointer: str) -> str | Unreadable:
    given = {key: fields[key] for key in NAMES if fields.get(key) not in (None, "")}
    texts = [value for value in given.values() if isinstance(value, str)]
    if not texts or len(texts) < len(given):
        key = next(iter(given), NAMES[0])
        return Unreadable(
            "action_type_missing", f"an action needs a text `{key}`", f"{pointer}/{key}"
        )
    if len(set(texts)) > 1:
        return Unreadable("action_type_ambiguous", f"{' and '.join(given)} differ", pointer)
    return texts[0]


class _Params(NamedTuple):
    value: JsonDict
    repaired: bool


def _parameters(fields: JsonDict, pointer: str) -> _Params | Unreadable:
    read: list[_Params] = []
    for key in PARAMETERS:
        if key not in fields:
            continue
        params = _object(fields[key], key)
        problem = params if isinstance(params, Unreadable) else beyond_limits(params.value, "")
        if problem is not None:
            return replace(problem, pointer=f"{pointer}/{key}{problem.pointer}")
        if not isinstance(params, Unreadable):
            read.append(params)
    if len(read) > 1 and len({_as_json(params.value) for params in read}) > 1:
        return Unreadable("parameters_ambiguous", "two sets of parameters differ", pointer)
    return read[0] if read else _Params({}, False)


def _as_json(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)


def _object(value: JsonValue, key: str) -> _Params | Unreadable:
    code = "parameters_not_an_object"
    found = JsonRead(value)
    if isinstance(value, str) and value.strip():
        part = read_or_repair(value)
        if isinstance(part, Unreadable):
            return named(part, code, f"`{key}` as a text")
        found = part
    if found.value in (None, ""):
        return _Params({}, found.repaired)
    if not is_dict(found.value):
        return Unreadable(code, f"`{key}` must be an object")
    return _Params(found.value, found.repaired)
