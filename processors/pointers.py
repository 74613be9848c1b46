"""JSON Pointers (RFC 6901) into parameters, with `*` for every item of a list.

Parameters are not trusted to have the shape that was declared: where something else stands in the
way, the value is None, which no measure reads as small.
"""

from functools import lru_cache

from pydantic import JsonValue


@lru_cache(maxsize=4096)
def parts_of(pointer: str) -> tuple[str, ...]:
    """The pointer's parts; only for pointers of configuration, never a model's."""
    return tuple(p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:])


def escaped(part: str) -> str:
    """A part as it stands in a pointer."""
    return part.replace("~", "~0").replace("/", "~1") if "~" in part or "/" in part else part


def values_at(params: JsonValue, pointer: str) -> list[JsonValue]:
    """What stands there; empty when nothing is given. Looks at no value twice."""
    found = [params]
    for part in parts_of(pointer):
        inner: list[JsonValue] = []
        for value in found:
            if part == "*":
                if isinstance(value, list):
                    inner.extend(value)
                elif isinstance(value, dict):
                    inner.extend(value.values())
                else:
                    inner.append(value)
            elif isinstance(value, dict):
                if part in value:
                    inner.append(value[part])
            elif isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 7:
                inner.extend(value[int(part) : int(part) + 1])
            else:
                inner.append(None)
        found = inner
    return found


def leaves(value: JsonValue) -> list[JsonValue]:
    """Every scalar within, and every empty list or object; without recursion, however deep."""
    found: list[JsonValue] = []
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, list) and one:
            left.extend(one)
        elif isinstance(one, dict) and one:
            left.extend(one.values())
        else:
            found.append(one)
    return found
