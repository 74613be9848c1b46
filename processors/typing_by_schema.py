"""Values that came without a type, given the one their schema says.

Formats that write values as bare text (XML forms) leave their texts beside what they look like;
the schema decides. Beyond that a value is only coerced where its schema says `x-coerce: true`:
a number, an integer or a boolean written as text, or text written as one of these.
"""

from collections.abc import Mapping

from pydantic import JsonValue

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
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return params
    changed: JsonObject = {}
    for name, value in params.items():
        said = properties.get(name)
        if not isinstance(said, dict) or not (name in texts or said.get(COERCE) is True):
            continue
        if wanted := _wanted(said):
            text = texts.get(name)
            changed[name] = (
                _coerced(value, wanted) if text is None else _of_text(text, value, wanted)
            )
    return {**params, **changed} if changed else params


def _wanted(said: JsonValue) -> frozenset[str]:
    """The types a property's schema names; none if it says them in another way."""
    given = said.get("type") if isinstance(said, dict) else None
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list):
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str) and name in _CLASSES)


def _is(value: JsonValue, wanted: frozenset[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in wanted
    return any(isinstance(value, _CLASSES[name]) for name in wanted)


def _of_text(text: str, guessed: JsonValue, wanted: frozenset[str]) -> JsonValue:
    """Text where text is wanted and nothing else; otherwise what it reads as, if that fits."""
    if "string" in wanted and (isinstance(guessed, str) or not _is(guessed, wanted - {"string"})):
        return text
    return guessed


def _coerced(value: JsonValue, wanted: frozenset[str]) -> JsonValue:
    if _is(value, wanted):
        return value
    if isinstance(value, str):
        found = read_json(value.strip())
        if not isinstance(found, Unreadable) and _is(found.value, wanted - {"array", "object"}):
            return found.value
    elif "string" in wanted and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
