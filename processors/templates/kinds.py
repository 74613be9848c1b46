"""What a filter was given, and how a value stands inside a text."""

from typing import Any

import orjson

from processors.templates.failures import FAILED, NOT_TEXT, NothingGiven, TemplateFailure
from processors.templates.values import scalar

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "null"),
    (str, "a text"),
    (bool, "a boolean"),
    ((int, float), "a number"),
    (dict, "an object"),
    ((list, tuple), "a list"),
)


def unfit(value: object, wanted: str) -> TemplateFailure:
    failure = NothingGiven if value is None else TemplateFailure
    return failure(FAILED, f"it wants {wanted}, not {kind(value)}")


def wants_text(value: object) -> str:
    if not isinstance(value, str):
        raise unfit(value, "a text")
    return value


def wants_number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unfit(value, "a number")
    scalar(value)
    return value


def wants_list(value: object) -> list[Any]:
    if isinstance(value, tuple):
        return list(value)
    if not isinstance(value, list):
        raise unfit(value, "a list")
    return value


def kind(value: object) -> str:
    for type_, name in _KINDS:
        if isinstance(value, type_):
            return name
    return "something else"


def as_text(value: object) -> str:
    """How a value stands inside a text: as JSON writes it, a text without its quotes.

    Raises:
        TemplateFailure: null, lists and objects have no one way to be a text.
    """
    if isinstance(value, str):
        return str(scalar(value))
    if isinstance(value, bool | int | float):
        return orjson.dumps(scalar(value)).decode()
    raise TemplateFailure(
        NOT_TEXT,
        f"{kind(value)} has no place in a text: say `|default(…, true)`, `|join` or `|tojson`",
    )
