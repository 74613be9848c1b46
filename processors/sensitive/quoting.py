"""Texts that quote what parameters hold: a plugin's refusal, a validator's message, a summary.

What was found in the parameters is taken out of them wherever it stands, and whatever else looks
sensitive is masked besides. Short of three characters nothing is taken out: it would stand in
half of all words.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson
from pydantic import JsonValue

from processors.labels import PII, SECRET, TAG
from processors.pointers import leaves, values_at
from processors.sensitive.detectors import NOTHING
from processors.sensitive.hints import Hint
from processors.sensitive.masking import masked
from processors.sensitive.scan import Findings, find, shown_name, texts_of
from processors.sensitive.texts import masked_text, spans
from schemas.events import FieldError, JsonObject

Hidden = Sequence[str] | None
"""What a text must not show; None: nothing of it may be shown."""
MOST_SOUGHT = 100
"""Sensitive texts that are sought in what may quote them: time is bounded so."""
_SHORTEST = 3
_SHORT_BYTES = 4_096
"""Of parameters as JSON."""
_GIVEN_CHARACTERS = 120
_NOBODY_KNOWS = Findings((), frozenset())
_OF_A_NAME = ("additionalProperties", "unevaluatedProperties")
"""Rules whose errors tell a parameter's name, and nothing of its value."""


def is_sensitive(labels: Iterable[str]) -> bool:
    """Whether an action's labels say that its parameters hold anything sensitive."""
    return any(label.startswith((PII, SECRET, TAG)) for label in labels)


def is_short(params: JsonObject) -> bool:
    """Whether `sensitive_texts` takes next to no time."""
    try:
        return len(orjson.dumps(params)) <= _SHORT_BYTES
    except TypeError:  # a number that JSON cannot carry
        return False


def sensitive_texts(params: JsonObject, tags: Mapping[str, str]) -> tuple[str, ...] | None:
    """Everything sensitive in the parameters as it is written, the longest first; None: more than
    texts are searched for, so that nothing that may quote them is shown."""
    found: set[str] = set()
    for one in _sensitive(params, tags):
        if len(one) >= _SHORTEST:
            found.add(one)
        if len(found) > MOST_SOUGHT:
            return None
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def _sensitive(params: JsonObject, tags: Mapping[str, str]) -> Iterator[str]:
    for pointer in tags:
        for value in values_at(params, pointer):
            yield from (str(leaf) for leaf in leaves(value) if isinstance(leaf, str | int | float))
    for text, _, hint in texts_of(params):
        yield from (text[span.start : span.end] for span in spans(text, hint))


def unquoted(text: str, hidden: Hidden = ()) -> str:
    """A text without what is sensitive: the given ones, and whatever looks like it."""
    if hidden is None:
        return NOTHING
    for one in hidden:
        if one in text:
            text = text.replace(one, NOTHING)
    return masked_text(text, Hint.NONE)


def unquoted_value(value: JsonValue, hidden: Hidden = ()) -> JsonValue:
    """The same for a value of any shape, such as a tool's result."""
    if hidden is None:
        return NOTHING
    return masked({"": _without(value, hidden) if hidden else value}, _NOBODY_KNOWS)[""]


def unquoted_errors(
    errors: Iterable[FieldError], params: JsonObject, tags: Mapping[str, str]
) -> list[FieldError]:
    """Errors as they may be shown. One about a value that is sensitive, or that holds something
    sensitive, says which rule it does not keep, and shows of the value what a mask does."""
    errors = list(errors)
    if not errors:
        return errors
    shown = masked(params, find(params, tags))
    hidden = sensitive_texts(params, tags)
    return [_error(error, params, shown, hidden) for error in errors]


def _error(error: FieldError, params: JsonObject, shown: JsonObject, hidden: Hidden) -> FieldError:
    # Names, not values: only one that is sensitive itself is masked.
    pointer = "/".join(shown_name(part) for part in error.pointer.split("/"))
    there, value = _exactly_at(params, error.pointer)
    if there and error.rule is not None and error.rule not in _OF_A_NAME:
        _, mask = _exactly_at(shown, error.pointer)
        if mask != value:
            given = NOTHING if mask is None else json.dumps(mask, ensure_ascii=False)
            text = f"the value does not keep the rule `{error.rule}`"
            given = given[:_GIVEN_CHARACTERS]
            return error.model_copy(update={"pointer": pointer, "text": text, "given": given})
    text = unquoted(error.text, hidden)
    quoted = error.given and unquoted(error.given, hidden)
    return error.model_copy(update={"pointer": pointer, "text": text, "given": quoted})


def _exactly_at(value: JsonValue, pointer: str) -> tuple[bool, JsonValue]:
    """What stands at a pointer that may be a model's own words, and whether anything does."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            return False, None
    return True, value


def _without(value: JsonValue, hidden: Sequence[str]) -> JsonValue:
    if isinstance(value, str):
        for one in hidden:
            if one in value:
                value = value.replace(one, NOTHING)
        return value
    if isinstance(value, dict):
        return {str(_without(key, hidden)): _without(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, hidden) for item in value]
    return NOTHING if str(value) in hidden else value
