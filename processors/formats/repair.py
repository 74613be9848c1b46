"""JSON that a model broke, mended where only one reading is left.

The library json-repair guesses freely, so two readings must agree: its own, and the one that
`lenient` writes token by token from the source. The library never sees what `lenient` refused,
and of that neither more nor deeper than its time and its stack can take.
"""

from dataclasses import replace

import orjson
from json_repair import repair_json
from pydantic import JsonValue

from processors.formats.family import Found
from processors.formats.json_text import FENCES, JsonPart, JsonRead, json_at, named, read_json
from processors.formats.lenient import Unsound, rewritten
from processors.formats.proposal import Proposal, Unreadable

LARGEST = 32_768
"""Characters that are mended. The library's time grows faster than its text."""


def read_or_repair(text: str) -> JsonRead | Unreadable:
    """The value of JSON, mended if it must be (then `repaired` says so), or why there is none."""
    found = read_json(text)
    if isinstance(found, JsonRead) or found.code != "not_json":
        return found
    return repair(text, found)


def repair(text: str, broken: Unreadable) -> JsonRead | Unreadable:
    """The value of a text that is no JSON. `broken`: what strict reading said."""
    source = without_wrapping(text)
    if len(source) > LARGEST:
        return _refused(broken, f"over {LARGEST} characters are not mended")
    try:
        own = rewritten(source)
    except Unsound as fault:
        return _refused(broken, str(fault))
    found = read_json(own.strict)
    if isinstance(found, Unreadable):
        return named(found, "not_json", "mended")
    if not _agrees(own.bare, found.value):
        return _refused(broken, "it can be read in two ways")
    return JsonRead(found.value, repaired=True)


def part_or_repaired(text: str, at: int, closing: str) -> JsonPart:
    """The value that begins at `at`. A broken one is mended as far as `closing`, or to the end:
    should `closing` stand inside one of its texts, that text is cut off there and refused."""
    part = json_at(text, at)
    if part.end is not None or isinstance(part.found, JsonRead) or part.found.code != "not_json":
        return part
    closed = text.find(closing, at)
    end = closed if closed >= 0 else len(text)
    found = repair(text[at:end], part.found)
    return JsonPart(found, end if isinstance(found, JsonRead) else None)


def flagged(found: Found, read: JsonRead) -> Found:
    """What was found in a value, marked if the value was mended."""
    if not read.repaired:
        return found
    return [replace(i, repaired=True) if isinstance(i, Proposal) else i for i in found]


def without_wrapping(text: str) -> str:
    """The text without a code fence and a language's name around it."""
    text = text.strip()
    for fence in FENCES:
        text = text.removeprefix(fence)
    text = text.removesuffix("```").strip()
    inner = text.removeprefix("json").lstrip()
    return inner if inner.startswith(("{", "[")) else text


def _agrees(source: str, value: JsonValue) -> bool:
    try:
        guessed = repair_json(source, return_objects=True, skip_json_loads=True)
        return orjson.dumps(guessed) == orjson.dumps(value)
    except (ValueError, TypeError, RecursionError):
        return False


def _refused(broken: Unreadable, why: str) -> Unreadable:
    return Unreadable("not_json", f"{broken.text}; not mended: {why}"[:300])
