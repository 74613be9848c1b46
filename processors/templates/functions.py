"""The filters, tests and functions templates may use: few, deterministic, and bounded.

They replace the engine's own of the same name. What could make a large value of a small one
(`replace`, `join`, `range`) measures before it makes it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from processors.templates.failures import (
    FAILED,
    NOT_TEXT,
    TOO_COSTLY,
    NothingGiven,
    TemplateFailure,
)
from processors.templates.values import MOST_CHARACTERS, scalar, to_json

MOST_RANGE = 1_000

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "null"),
    (str, "a text"),
    (bool, "a boolean"),
    ((int, float), "a number"),
    (dict, "an object"),
    ((list, tuple), "a list"),
)


def _unfit(value: object, wanted: str) -> TemplateFailure:
    failure = NothingGiven if value is None else TemplateFailure
    return failure(FAILED, f"it wants {wanted}, not {_kind(value)}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _unfit(value, "a text")
    return value


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unfit(value, "a number")
    scalar(value)
    return value


def _items(value: object) -> list[Any]:
    if isinstance(value, tuple):
        return list(value)
    if not isinstance(value, list):
        raise _unfit(value, "a list")
    return value


def _kind(value: object) -> str:
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
        f"{_kind(value)} has no place in a text: say `|default(…, true)`, `|join` or `|tojson`",
    )


def _replace(value: object, old: object, new: object) -> str:
    text, before, after = _text(value), _text(old), _text(new)
    if not before:
        raise TemplateFailure(FAILED, "replace wants a text to look for")
    if len(text) + text.count(before) * max(0, len(after) - len(before)) > MOST_CHARACTERS:
        raise TemplateFailure(TOO_COSTLY, f"the text is longer than {MOST_CHARACTERS}")
    return text.replace(before, after)


def _join(value: object, separator: object = "") -> str:
    texts, between = [as_text(item) for item in _items(value)], _text(separator)
    if sum(map(len, texts)) + len(between) * len(texts) > MOST_CHARACTERS:
        raise TemplateFailure(TOO_COSTLY, f"the text is longer than {MOST_CHARACTERS}")
    return between.join(texts)


def _truncate(value: object, length: object) -> str:
    text, most = _text(value), int(_number(length))
    return text if len(text) <= max(most, 1) else f"{text[: max(most, 1) - 1]}…"


def _int(value: object) -> int:
    try:
        if isinstance(value, str) and len(value) <= 32:
            number = int(value)
        else:
            number = int(_number(value))
    except ValueError:
        raise TemplateFailure(FAILED, "the text is no whole number") from None
    scalar(number)
    return number


def _float(value: object) -> float:
    try:
        number = float(value) if isinstance(value, str) else float(_number(value))
    except ValueError:
        raise TemplateFailure(FAILED, "the text is no number") from None
    scalar(number)
    return number


def _round(value: object, digits: object = 0) -> int | float:
    number, places = _number(value), max(0, min(12, int(_number(digits))))
    rounded = round(number, places) if places else round(number)
    scalar(rounded)
    return rounded


def _sum(value: object) -> int | float:
    total = sum(_number(item) for item in _items(value))
    scalar(total)
    return total


def _end(value: object, index: int) -> Any:
    items = value if isinstance(value, str) else _items(value)
    if not items:
        raise TemplateFailure(FAILED, "there is nothing in it")
    return items[index]


def _length(value: object) -> int:
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise _unfit(value, "what has a length")


def _sort(value: object) -> list[Any]:
    items = _items(value)
    if all(isinstance(item, str) for item in items):
        return sorted(items)
    return sorted(items, key=_number)


def _unique(value: object) -> list[Any]:
    # Compared as JSON: in Python a 1 equals a true.
    seen: dict[bytes, Any] = {}
    for item in _items(value):
        seen.setdefault(orjson.dumps(to_json(item), option=orjson.OPT_SORT_KEYS), item)
    return list(seen.values())


def _pairs(value: object) -> list[list[Any]]:
    if not isinstance(value, dict):
        raise _unfit(value, "an object")
    return [[key, value[key]] for key in value]


def _tojson(value: object) -> str:
    if value is None:
        raise _unfit(value, "a value")
    return orjson.dumps(to_json(value), option=orjson.OPT_SORT_KEYS).decode()


def _multiply(left: object, right: object) -> int | float:
    product = _number(left) * _number(right)
    scalar(product)
    return product


def _range(*bounds: object) -> list[int]:
    numbers = [int(_number(bound)) for bound in bounds]
    if not 1 <= len(numbers) <= 2:
        raise TemplateFailure(FAILED, "range wants an end, or a start and an end")
    made = range(*numbers)
    # Not `len`: it raises beyond 64 bits.
    if made.stop - made.start > MOST_RANGE:
        raise TemplateFailure(TOO_COSTLY, f"range gives at most {MOST_RANGE} numbers")
    return list(made)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "upper": lambda value: _text(value).upper(),
    "lower": lambda value: _text(value).lower(),
    "capitalize": lambda value: _text(value).capitalize(),
    "trim": lambda value: _text(value).strip(),
    "replace": _replace,
    "truncate": _truncate,
    "join": _join,
    "string": as_text,
    "int": _int,
    "float": _float,
    "round": _round,
    "abs": lambda value: abs(_number(value)),
    "length": _length,
    "first": lambda value: _end(value, 0),
    "last": lambda value: _end(value, -1),
    "min": lambda value: _end(_sort(value), 0),
    "max": lambda value: _end(_sort(value), -1),
    "sum": _sum,
    "sort": _sort,
    "unique": _unique,
    "items": _pairs,
    "tojson": _tojson,
}
"""`default` beside them is the engine's own: no other may be given what is undefined."""

TESTS: Mapping[str, Callable[..., bool]] = {
    "sequence": lambda value: isinstance(value, list | tuple),
    "mapping": lambda value: isinstance(value, dict),
    "startingwith": lambda value, start: _text(value).startswith(_text(start)),
    "endingwith": lambda value, end: _text(value).endswith(_text(end)),
}
"""Those beside them are the engine's own: they tell null from undefined, ours could not."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {"range": _range, "multiply": _multiply}

FILTER_NAMES = frozenset({*FILTERS, "default"})
TEST_NAMES = frozenset({*TESTS, "defined", "undefined", "none", "string", "number", "boolean"})
