"""The smallest output that still fails, as far as leaving things out finds it."""

from collections.abc import Callable, Iterator

from pydantic import JsonValue

_MOST_TRIES = 5_000


def shrunk(output: JsonValue, fails: Callable[[JsonValue], bool]) -> JsonValue:
    """Takes the first smaller one that fails, again and again."""
    tries = 0
    again = True
    while again:
        again = False
        for smaller in _smaller(output):
            tries += 1
            if tries > _MOST_TRIES:
                return output
            if fails(smaller):
                output, again = smaller, True
                break
    return output


def _smaller(value: JsonValue) -> Iterator[JsonValue]:
    """Large parts left out first: few steps do most of the work."""
    if isinstance(value, str):
        size = len(value)
        while size := size // 2:
            yield from (value[:at] + value[at + size :] for at in range(0, len(value), size))
    elif isinstance(value, list):
        yield from value
        yield from (value[:i] + value[i + 1 :] for i in range(len(value)))
        for i, item in enumerate(value):
            yield from ([*value[:i], inner, *value[i + 1 :]] for inner in _smaller(item))
    elif isinstance(value, dict):
        yield from value.values()
        yield from ({k: v for k, v in value.items() if k != key} for key in value)
        for key, item in value.items():
            yield from ({**value, key: inner} for inner in _smaller(item))
