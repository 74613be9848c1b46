"""JSON inside a model's text, under tighter bounds than JSON on a topic.

Of a name given twice in one object nobody knows which value the model meant: that is refused,
where a topic's JSON takes the last.
"""

import json
import re
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from processors.formats.proposal import JsonDict, Unreadable
from schemas import jsontext
from schemas.faults import RecordFault

DEEPEST = 32
"""Levels of nesting, in an output and in what is read from it."""
FENCES = ("```json", "```")
JSON_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_CLAIM = re.compile(
    r"""(?:json\s+)?(?:\{\s*(?:["'“{}\[/\#]|[^\W\d][\w$-]*\s*:|\Z)|\[\s*(?:["'“{\[]|\Z))"""
)
_CODES = {"too_deep": "output_too_deep", "bad_field": "number_out_of_range"}


@dataclass(frozen=True, slots=True)
class JsonRead:
    value: JsonValue
    repaired: bool = False


class JsonPart(NamedTuple):
    """A value, or why it is refused, and where it ends; `None` if it has no end."""

    found: JsonRead | Unreadable
    end: int | None


class _Duplicate(Exception):
    """A name stands twice in one object. Stays within this file."""


def read_json(text: str) -> JsonRead | Unreadable:
    """The value, or why there is none: `duplicate_key`, `output_too_deep`,
    `number_out_of_range` (an integer beyond 64 bits), else `not_json`, which text that is no
    Unicode is, too."""
    try:
        value = jsontext.loads(text.encode(), "the text", DEEPEST)
        if text.count(":") > 1:
            _UNIQUE.decode(text)
    except _Duplicate as fault:
        return Unreadable("duplicate_key", f"the name {fault} is given twice in one object")
    except RecordFault as fault:
        # A number of so many digits that it is no double either.
        code = "bad_field" if "infinity" in fault.text else fault.code
        return Unreadable(_CODES.get(code, "not_json"), f"not JSON: {fault.text}"[:300])
    except UnicodeEncodeError:
        return Unreadable("not_json", "not JSON: holds a lone surrogate")
    return JsonRead(value)


def claims_json(text: str) -> bool:
    """Whether a text means to be JSON, as `[note] done` and `{name}, hello` do not."""
    return _CLAIM.match(text.lstrip()) is not None


def json_at(text: str, at: int) -> JsonPart:
    """The JSON value that begins at `at`. The decoder tells where it ends, `read_json` what it
    is, under the bounds that hold for all JSON."""
    try:
        _, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        return JsonPart(Unreadable("not_json", f"not JSON: {error.msg}"), None)
    except RecursionError:
        return JsonPart(Unreadable("output_too_deep", f"nested deeper than {DEEPEST}"), None)
    except ValueError:  # an integer of thousands of digits
        return JsonPart(Unreadable("number_out_of_range", "a number is too long"), None)
    return JsonPart(read_json(text[at:end]), end)


def named(fault: Unreadable, code: str, where: str) -> Unreadable:
    """The fault of JSON that stands somewhere: with that place's code, if it is not JSON at all,
    else with its own."""
    return Unreadable(
        code if fault.code == "not_json" else fault.code,
        f"{where}: {fault.text}"[:400] if where else fault.text,
        fault.pointer,
    )


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonDict:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise _Duplicate(ascii(twice[:64]))
    return found


_DECODER = json.JSONDecoder()
_UNIQUE = json.JSONDecoder(object_pairs_hook=_unique)
