"""A JSON value as what can be read in it."""

from collections.abc import Iterator

from pydantic import JsonValue

_LARGEST = 10**20


def written(value: JsonValue, seen: set[int] | None = None) -> Iterator[str]:
    """Every text and number within, and names of properties; no recursion, however deep. Lists and
    objects that are among `seen` by their `id` are passed over, others added: while it is used,
    they must be held."""
    left = [value]
    while left:
        one = left.pop()
        if seen is not None and isinstance(one, dict | list):
            if id(one) in seen:
                continue
            seen.add(id(one))
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
