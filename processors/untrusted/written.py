"""A JSON value as what can be read in it."""

from collections.abc import Iterator

from pydantic import JsonValue

_LARGEST = 10**20


def written(value: JsonValue) -> Iterator[str]:
    """Every text and number within, and names of properties; no recursion, however deep."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from one
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
        elif isinstance(one, int | float) and not isinstance(one, bool):
            yield _number(one)


def _number(value: float) -> str:
    """As people write it: `20` of 20.0. Python refuses to write the largest integers in tens."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
        value = int(value)
    huge = isinstance(value, int) and not -_LARGEST < value < _LARGEST
    return hex(int(value)) if huge else str(value)
