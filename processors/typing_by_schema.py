"""Values that came without a type, given the one their schema says.

Formats that write values as bare text (XML forms) leave their texts beside what they look like;
the schema decides:

| the schema allows | the value is |
|---|---|
| null, and the text is `null` | null |
| a text, whatever else | the text as it was written: `1.10` and `007` are no numbers there |
| anything but a text, or says nothing | what the text reads as |

Beyond that a value is only coerced where its schema says `x-coerce: true`: a number, an integer or
a boolean written as text, or a boolean where a text belongs. A number never becomes text, for JSON
does not keep how it was written.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from processors.allowed_types import allowed_types, named_properties
from processors.formats.json_text import read_json
from processors.formats.proposal import Unreadable
from schemas.events import JsonObject

COERCE = "x-coerce"
_CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def typed(schema: JsonObject, params: JsonObject, texts: Mapping[str, str]) -> JsonObject:
    """The parameters as the schema wants them; what does not fit is left for validation.

    Args:
        texts: the parameters that came without a type, as they were written.
    """
    properties = named_properties(schema)
    changed: JsonObject = {}
    for name, value in params.items():
        said = properties.get(name)
        if not isinstance(said, dict) or not (name in texts or said.get(COERCE) is True):
            continue
        if wanted := allowed_types(said, schema):
            text = texts.get(name)
            changed[name] = (
                _coerced(value, wanted) if text is None else _of_text(text, value, wanted)
            )
    return {**params, **changed} if changed else params


def _is(value: JsonValue, wanted: frozenset[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in wanted
    return any(isinstance(value, _CLASSES[name]) for name in wanted)


def _of_text(text: str, guessed: JsonValue, wanted: frozenset[str]) -> JsonValue:
    is_null = guessed is None and "null" in wanted
    return text if "string" in wanted and not is_null else guessed


def _coerced(value: JsonValue, wanted: frozenset[str]) -> JsonValue:
    if _is(value, wanted):
        return value
    if isinstance(value, str):
        found = read_json(value.strip())
        if not isinstance(found, Unreadable) and _is(
            found.value, wanted & {"number", "integer", "boolean"}
        ):
            return found.value
    elif "string" in wanted and isinstance(value, bool):
        return str(value).lower()
    return value
