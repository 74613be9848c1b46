"""The filters, tests and functions templates may use: few, deterministic, and bounded.

They replace the engine's own of the same name. What could make a large value of a small one
(`replace`, `join`, `range`) measures before it makes it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from processors.templates.failures import FAILED, TOO_COSTLY, TemplateFailure
from processors.templates.kinds import as_text, unfit, wants_list, wants_number, wants_text
from processors.templates.values import MOST_CHARACTERS, scalar, to_json

MOST_RANGE = 1_000
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def _replace(value: object, old: object, new: object) -> str:
    text, before, after = wants_text(value), wants_text(old), wants_text(new)
    if not before:
        raise TemplateFailure(FAILED, "replace wants a text to look for")
    if len(text) + text.count(before) * max(0, len(after) - len(before)) > MOST_CHARACTERS:
        raise TemplateFailure(TOO_COSTLY, f"the text is longer than {MOST_CHARACTERS}")
    return text.replace(before, after)


def _join(value: object, separator: object = "") -> str:
    texts, between = [as_text(item) for item in wants_list(value)], wants_text(separator)
    if sum(map(len, texts)) + len(between) * len(texts) > MOST_CHARACTERS:
        raise TemplateFailure(TOO_COSTLY, f"the text is longer than {MOST_CHARACTERS}")
    return between.join(texts)


def _truncate(value: object, length: object) -> str:
    text, most = wants_text(value), int(wants_number(length))
    return text if len(text) <= max(most, 1) else f"{text[: max(most, 1) - 1]}…"


def _int(value: object) -> int:
    number = int(
        _read(value, _WHOLE, "whole number") if isinstance(value, str) else wants_number(value)
    )
    scalar(number)
    return number


def _float(value: object) -> float:
    number = float(
        _read(value, _DECIMAL, "number") if isinstance(value, str) else wants_number(value)
    )
    scalar(number)
    return number


def _read(value: object, form: re.Pattern[str], wanted: str) -> str | int | float:
    """A number, or a text that holds one."""
    if not isinstance(value, str):
        return wants_number(value)
    # Python's own `int` reads `1_000` and digits of every script.
    if len(value) > 64 or not form.fullmatch(value.strip()):
        raise TemplateFailure(FAILED, f"the text is no {wanted}")
    return value.strip()


def _round(value: object, digits: object = 0) -> int | float:
    number, places = wants_number(value), max(0, min(12, int(wants_number(digits))))
    rounded = round(number, places) if places else round(number)
    scalar(rounded)
    return rounded


def _sum(value: object) -> int | float:
    total = sum(wants_number(item) for item in wants_list(value))
    scalar(total)
    return total


def _end(value: object, index: int) -> Any:
    items = value if isinstance(value, str) else wants_list(value)
    if not items:
        raise TemplateFailure(FAILED, "there is nothing in it")
    return items[index]


def _length(value: object) -> int:
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise unfit(value, "what has a length")


def _sort(value: object) -> list[Any]:
    items = wants_list(value)
    if all(isinstance(item, str) for item in items):
        return sorted(items)
    return sorted(items, key=wants_number)


def _unique(value: object) -> list[Any]:
    # Compared as JSON: in Python a 1 equals a true.
    seen: dict[bytes, Any] = {}
    for item in wants_list(value):
        seen.setdefault(orjson.dumps(to_json(item), option=orjson.OPT_SORT_KEYS), item)
    return list(seen.values())


def _pairs(value: object) -> list[list[Any]]:
    if not isinstance(value, dict):
        raise unfit(value, "an object")
    return [[key, value[key]] for key in value]


def _tojson(value: object) -> str:
    if value is None:
        raise unfit(value, "a value")
    return orjson.dumps(to_json(value), option=orjson.OPT_SORT_KEYS).decode()


def _multiply(left: object, right: object) -> int | float:
    product = wants_number(left) * wants_number(right)
    scalar(product)
    return product


def _range(*bounds: object) -> list[int]:
    numbers = [int(wants_number(bound)) for bound in bounds]
    if not 1 <= len(numbers) <= 2:
        raise TemplateFailure(FAILED, "range wants an end, or a start and an end")
    made = range(*numbers)
    # Not `len`: it raises beyond 64 bits.
    if made.stop - made.start > MOST_RANGE:
        raise TemplateFailure(TOO_COSTLY, f"range gives at most {MOST_RANGE} numbers")
    return list(made)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "upper": lambda value: wants_text(value).upper(),
    "lower": lambda value: wants_text(value).lower(),
    "capitalize": lambda value: wants_text(value).capitalize(),
    "trim": lambda value: wants_text(value).strip(),
    "replace": _replace,
    "truncate": _truncate,
    "join": _join,
    "string": as_text,
    "int": _int,
    "float": _float,
    "round": _round,
    "abs": lambda value: abs(wants_number(value)),
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
    "startingwith": lambda value, start: wants_text(value).startswith(wants_text(start)),
    "endingwith": lambda value, end: wants_text(value).endswith(wants_text(end)),
}
"""Those beside them are the engine's own: they tell null from undefined, ours could not."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {"range": _range, "multiply": _multiply}

FILTER_NAMES = frozenset({*FILTERS, "default"})
TEST_NAMES = frozenset({*TESTS, "defined", "undefined", "none", "string", "number", "boolean"})
