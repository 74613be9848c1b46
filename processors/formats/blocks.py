"""JSON in prose: in fenced blocks, or standing in the text.

What is fenced or embedded must be a call by itself (a name and parameters), a list of calls, or
the documented object. One documented object may be; of two, which one is meant would be a
guess. What a text only shows (`shown`) is none. Broken JSON is mended in a block, whose end is
certain; in the open text it ends the reading.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from processors.formats.family import Found
from processors.formats.json_text import JsonRead, claims_json, json_at, named, read_json
from processors.formats.objects import read_value
from processors.formats.places import Places
from processors.formats.proposal import Unreadable, is_dict
from processors.formats.repair import flagged, read_or_repair
from processors.formats.shapes import NAMES, PARAMETERS, is_call
from processors.formats.shown import FENCE, Walk, end_of_fence, is_example, is_shown
from processors.formats.surface import Surface

_FENCE = re.compile(FENCE, re.MULTILINE)
_START = Places(r'\{\s*"|\[\s*\{', first=r"{\[", past_code=True)
_PYTHON_START = re.compile(r"\{\s*+['‘“]")
_KEY = r"""\b(?:{})["'”]?\s*:"""
_ACTIONS = re.compile(_KEY.format("actions|action_type"))
_NAME = re.compile(_KEY.format("|".join(NAMES)))
_PARAMETERS = re.compile(_KEY.format("|".join(PARAMETERS)))
MOST_STARTS = 200
"""Braces at which a value is looked for: what a text costs must not grow with its square."""


def read_blocks(surface: Surface) -> Found:
    """The calls of the text's blocks, else of the JSON that stands in it."""
    text = surface.text
    fences = list(_fences(text))
    in_blocks = list(_fenced(fences))
    outside = list(_embedded(surface.without([(f.start, f.end) for f in fences])))
    if in_blocks and outside:
        return [Unreadable("several_blocks", "a block and the text beside it both hold actions")]
    read = in_blocks or outside
    values = [item for item in read if isinstance(item, JsonRead)]
    documents = [item for item in values if is_dict(item.value) and not is_call(item.value)]
    if documents and len(values) > 1:
        return [Unreadable("several_blocks", f"{len(values)} blocks hold actions; one may")]
    found: Found = []
    for item in read:
        if isinstance(item, Unreadable):
            found.append(item)
        else:
            found += flagged(read_value(item.value, _no_text, "text"), item)
    return found


def _no_text(text: str) -> Found:
    return []


class _Fence(NamedTuple):
    language: str
    body: str
    start: int
    end: int
    is_shown: bool


def _fences(text: str) -> Iterator[_Fence]:
    """The fenced blocks, in order. Models write on behind the fence that closes what they mean."""
    at = 0
    while (opening := _FENCE.search(text, at)) is not None:
        start, language = opening.start(), opening["language"]
        shown = is_shown(text, start, language)
        body_end, at = end_of_fence(text, opening, is_strict=shown)
        body = text[opening.end() : body_end]
        if language:
            body = body.partition("\n")[2]
        if shown or body_end < at or claims_json(body):
            yield _Fence(language, body, start, at, shown)


def _fenced(fences: list[_Fence]) -> Iterator[JsonRead | Unreadable]:
    for language, body, _, _, shown in fences:
        if shown:
            continue
        is_meant = (language or claims_json(body)) and _claims_call(body)
        found = read_or_repair(body) if is_meant else read_json(body)
        if isinstance(found, JsonRead):
            if _acts(found.value):
                yield found
        elif is_meant:
            yield named(found, "block_not_json", "a block")


def claims_call_in_python(surface: Surface) -> bool:
    """Whether a dict as Python writes it has the names of a call and an end nobody can tell: it
    is never read in the open text, but what stands beside it may be quoted in it."""
    start = _PYTHON_START.search(surface.open)
    return start is not None and _claims_call(surface.open[start.start() :])


def _embedded(surface: Surface) -> Iterator[JsonRead | Unreadable]:
    text = surface.text
    walk = Walk(_START, surface.open)
    position = 0
    for _ in range(MOST_STARTS):
        start = walk.next(position)
        if start is None:
            return
        found, end = json_at(text, start.start())
        is_meant = not is_example(text, start.start())
        if isinstance(found, JsonRead):
            if is_meant and _acts(found.value):
                yield found
        elif is_meant and _claims_call(text[start.start() : end]):
            yield named(found, "block_not_json", "JSON in the text")
        if end is None:
            return
        position = end
    if walk.next(position) is not None:
        yield Unreadable("output_too_complex", f"more than {MOST_STARTS} JSON values in the text")


def _acts(value: JsonValue) -> bool:
    """Whether it is an action wherever it stands."""
    if isinstance(value, list):
        return bool(value) and all(is_call(item) for item in value)
    if not is_dict(value):
        return False
    return is_call(value) or "actions" in value or is_call(value.get("action"))


def _claims_call(source: str) -> bool:
    """Whether broken JSON has the names of a call."""
    if _ACTIONS.search(source):
        return True
    return _NAME.search(source) is not None and _PARAMETERS.search(source) is not None
