"""What the parameters of a call may hold, whichever format they came in.

| bound | code |
|---|---|
| a text or a name of 10,000 characters | `string_too_long` |
| NUL | `unsupported_character` |
| text that is Unicode | `text_not_unicode` |
| integers of 64 bits; no NaN, no infinity | `number_out_of_range` |
| 32 levels | `output_too_deep` |
"""

import math
from collections.abc import Iterable
from dataclasses import replace

from pydantic import JsonValue

from processors.formats.json_text import DEEPEST
from processors.formats.proposal import JsonDict, Unreadable
from processors.pointers import escaped

LONGEST_STRING = 10_000
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1


def beyond_limits(params: JsonDict, pointer: str) -> Unreadable | None:
    """The first thing that may not be, with a JSON Pointer to it. `pointer`: to the parameters."""
    problem = _problem(params, DEEPEST)
    return problem and replace(problem, pointer=pointer + problem.pointer)


def _problem(value: JsonValue, levels: int) -> Unreadable | None:
    match value:
        case str():
            return _text_problem(value)
        case None | bool():
            return None
        case int():
            if not _INT64_MIN <= value <= _UINT64_MAX:
                return Unreadable("number_out_of_range", "an integer beyond 64 bits")
        case float():
            if not math.isfinite(value):
                return Unreadable("number_out_of_range", "NaN and infinities are no numbers here")
        case dict():
            for name in value:
                if problem := _text_problem(name):
                    return problem
            return _inner_problem(value.items(), levels)
        case list():
            return _inner_problem(enumerate(value), levels)
    return None


def _inner_problem(items: Iterable[tuple[str | int, JsonValue]], levels: int) -> Unreadable | None:
    if levels == 0:
        return Unreadable("output_too_deep", f"nested deeper than {DEEPEST}")
    for key, value in items:
        problem = _problem(value, levels - 1)
        if problem is not None:
            return replace(problem, pointer=f"/{escaped(str(key))}{problem.pointer}")
    return None


def _text_problem(text: str) -> Unreadable | None:
    if len(text) > LONGEST_STRING:
        why = f"a text may have {LONGEST_STRING} characters; this one has {len(text)}"
        return Unreadable("string_too_long", why)
    if "\x00" in text:
        return Unreadable("unsupported_character", "text must not hold NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        return Unreadable("text_not_unicode", "text holds a lone surrogate")
    return None
