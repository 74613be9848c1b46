"""What is promised of every output that is read, whatever it holds. Property tests and the fuzzer
assert the same."""

import math
from collections.abc import Iterator

from pydantic import JsonValue

from processors.formats import Proposal, Unreadable, read_output
from tests.quoting import unquoted

MOST_ACTIONS, DEEPEST, LONGEST = 50, 32, 10_000
SMALLEST, LARGEST = -(2**63), 2**64 - 1


def broken_promises(output: JsonValue) -> list[str]:
    """Each promise that reading this output breaks, as a sentence; not to raise is one."""
    before = repr(output)
    try:
        found, again = read_output(output), read_output(output)
    except Exception as error:
        return [f"it raises {type(error).__name__}: {error}"[:300]]
    broken = [*_beyond(found), *unquoted(output, found)]
    if repr(again) != repr(found):
        broken.append("read twice it is something else")
    if repr(output) != before:
        broken.append("reading changes the output")
    return broken


def _beyond(found: list[Proposal | Unreadable]) -> Iterator[str]:
    if len(found) > MOST_ACTIONS:
        yield f"{len(found)} actions"
    for item in found:
        if isinstance(item, Unreadable):
            if not (item.code and item.text):
                yield "an error says nothing"
            continue
        yield from (f"{item.name[:64]!a}: {problem}" for problem in _problems(item.params, 0))
        most = 0.5 if item.repaired else 1.0
        if item.confidence is None or not 0 <= item.confidence <= most:
            yield f"confidence {item.confidence}, repaired: {item.repaired}"


def _problems(value: JsonValue, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"deeper than {DEEPEST}"
        return
    match value:
        case bool() | None:
            return
        case str():
            yield from _text_problems(value)
        case int():
            if not SMALLEST <= value <= LARGEST:
                yield "an integer beyond 64 bits"
        case float():
            if not math.isfinite(value):
                yield "a number that is none"
        case dict():
            for key, inner in value.items():
                yield from _text_problems(key)
                yield from _problems(inner, depth + 1)
        case list():
            for inner in value:
                yield from _problems(inner, depth + 1)


def _text_problems(text: str) -> Iterator[str]:
    if len(text) > LONGEST:
        yield f"a text of {len(text)} characters"
    if "\x00" in text:
        yield "NUL in a text"
    if any("\ud800" <= character <= "\udfff" for character in text):
        yield "a lone surrogate"
