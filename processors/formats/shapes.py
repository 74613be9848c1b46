"""One call as a JSON object, in the documented shape or near it.

| | names |
|---|---|
| the action | `action_type`, `tool`, `name`, `function` |
| its parameters | `parameters`, `params`, `arguments`, `args`, `input` |

Parameters are an object, or an object's JSON text. `function` may hold name and arguments
itself, as OpenAI has it. Two names or two sets of parameters that differ are refused, wherever
they stand: which one counts would be a guess. Of two confidences the lower counts.
"""

from dataclasses import replace
from typing import NamedTuple

import orjson
from pydantic import JsonValue

from processors.formats.confidence import is_stated, stated
from processors.formats.json_text import JsonRead, named
from processors.formats.limits import beyond_limits
from processors.formats.proposal import JsonDict, Proposal, Unreadable, is_dict
from processors.formats.repair import read_or_repair

NAMES = ("action_type", "tool", "name", "function")
PARAMETERS = ("parameters", "params", "arguments", "args", "input")
REASONING = ("reasoning", "rationale", "explanation", "thought", "justification")
REASONING_CHARACTERS = 4_000


def is_call(value: JsonValue) -> bool:
    """Whether an object names an action and its parameters: enough to be a call wherever it
    stands."""
    if not is_dict(value):
        return False
    if is_dict(inner := value.get("function")) and is_call(inner):
        return True
    return any(isinstance(value.get(key), str) for key in NAMES) and any(
        key in value for key in PARAMETERS
    )


def read_call(item: JsonValue, pointer: str, source: str) -> Proposal | Unreadable:
    """The call, or what is wrong with it. `pointer`: where it stands in the output."""
    if not is_dict(item):
        return Unreadable("action_not_an_object", "an action must be an object", pointer)
    levels = _levels(item)
    name = _name(levels, pointer)
    if isinstance(name, Unreadable):
        return name
    params = _parameters(levels, pointer)
    if isinstance(params, Unreadable):
        return params
    schedules = [level["not_before"] for level in levels if level.get("not_before") is not None]
    not_before = schedules[0] if schedules else None
    if not (not_before is None or isinstance(not_before, str)):
        text = "`not_before` must be a text"
        return Unreadable("not_before_unreadable", text, f"{pointer}/not_before")
    if any(other != not_before for other in schedules):
        return Unreadable("not_before_ambiguous", "two values of `not_before` differ", pointer)
    sure = [confidence for level in levels if (confidence := stated(level)) is not None]
    reasons = (reasoning_in(level, REASONING) for level in levels)
    return Proposal(
        name,
        params.value,
        min(sure, default=None),
        next((reason for reason in reasons if reason is not None), None),
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
    return is_dict(item) and any(is_stated(level) for level in _levels(item))


def _levels(item: JsonDict) -> list[JsonDict]:
    """Where a call's fields may stand: in `function`, and beside it."""
    inner = item.get("function")
    if not is_dict(inner):
        return [item]
    beside = {key: value for key, value in item.items() if key != "function"}
    return [{key: value for key, value in inner.items() if key != "function"}, beside]


def _name(levels: list[JsonDict], pointer: str) -> str | Unreadable:
    given = [(k, level[k]) for level in levels for k in NAMES if level.get(k) not in (None, "")]
    texts = [value for _, value in given if isinstance(value, str)]
    if not texts or len(texts) < len(given):
        key = given[0][0] if given else NAMES[0]
        return Unreadable(
            "action_type_missing", f"an action needs a text `{key}`", f"{pointer}/{key}"
        )
    if len(set(texts)) > 1:
        return Unreadable(
            "action_type_ambiguous", f"{' and '.join(key for key, _ in given)} differ", pointer
        )
    return texts[0]


class _Params(NamedTuple):
    value: JsonDict
    repaired: bool


def _parameters(levels: list[JsonDict], pointer: str) -> _Params | Unreadable:
    read: list[_Params] = []
    for key, value in [(k, level[k]) for level in levels for k in PARAMETERS if k in level]:
        params = _object(value, key)
        problem = params if isinstance(params, Unreadable) else beyond_limits(params.value, "")
        if problem is not None:
            return replace(problem, pointer=f"{pointer}/{key}{problem.pointer}")
        if not isinstance(params, Unreadable):
            read.append(params)
    if len(read) > 1 and len({_as_json(params.value) for params in read}) > 1:
        return Unreadable("parameters_ambiguous", "two sets of parameters differ", pointer)
    return read[0] if read else _Params({}, False)


def _as_json(params: JsonDict) -> bytes:
    """To Python `1`, `1.0` and `true` are the same."""
    return orjson.dumps(params, option=orjson.OPT_SORT_KEYS)


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
