"""One call as a JSON object, in the documented shape or near it.

| | names |
|---|---|
| the action | `action_type`, `tool`, `name`, `function` |
| its parameters | `parameters`, `params`, `arguments`, `args`, `input` |

Parameters are an object, or an object's JSON text. `function` may hold name and arguments
itself, as OpenAI has it. Two names or two sets of parameters that differ are refused: which
one counts would be a guess.
"""

from pydantic import JsonValue

from processors.formats.json_text import read_json
from processors.formats.proposal import JsonDict, Proposal, Unreadable, is_dict

NAMES = ("action_type", "tool", "name", "function")
PARAMETERS = ("parameters", "params", "arguments", "args", "input")
REASONING_CHARACTERS = 4_000


def is_call(value: JsonValue) -> bool:
    """Whether an object names an action and its parameters: enough to be a call wherever it
    stands."""
    if not is_dict(value):
        return False
    if is_dict(inner := value.get("function")):
        return is_call(inner)
    return any(isinstance(value.get(key), str) for key in NAMES) and any(
        key in value for key in PARAMETERS
    )


def read_call(item: JsonValue, pointer: str, source: str) -> Proposal | Unreadable:
    """The call, or what is wrong with it. `pointer`: where it stands in the output."""
    if not is_dict(item):
        return Unreadable("action_not_an_object", "an action must be an object", pointer)
    inner = item.get("function")
    fields = {**item, **inner} if is_dict(inner) else item
    if is_dict(inner):
        fields = {key: value for key, value in fields.items() if key != "function"}
    name = _name(fields, pointer)
    if isinstance(name, Unreadable):
        return name
    params = _parameters(fields, pointer)
    if isinstance(params, Unreadable):
        return params
    return Proposal(name, params, _confidence(item), _reasoning(item), source)


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


def _parameters(fields: JsonDict, pointer: str) -> JsonDict | Unreadable:
    given = {key: fields[key] for key in PARAMETERS if key in fields}
    read: list[JsonDict] = []
    for key, value in given.items():
        if isinstance(value, str) and value.strip():
            found = read_json(value)
            if isinstance(found, Unreadable):
                text = f"`{key}` is a text that is no JSON"
                return Unreadable("parameters_not_an_object", text, f"{pointer}/{key}")
            value = found.value
        if value in (None, ""):
            value = {}
        if not is_dict(value):
            text = f"`{key}` must be an object"
            return Unreadable("parameters_not_an_object", text, f"{pointer}/{key}")
        read.append(value)
    if any(other != read[0] for other in read):
        return Unreadable("parameters_ambiguous", f"{' and '.join(given)} differ", pointer)
    return read[0] if read else {}


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
