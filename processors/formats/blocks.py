"""JSON in prose: in fenced blocks, or standing in the text.

What is fenced or embedded must be a call by itself (a name and parameters), a list of calls, or
the documented object. One documented object may be; of two, which one is meant would be a
guess. A block in another language, or one that the words before it call an example, is none.
"""

import json
import re
from dataclasses import replace

from pydantic import JsonValue

from processors.formats.family import Found
from processors.formats.json_text import read_json
from processors.formats.objects import read_value
from processors.formats.proposal import Unreadable, is_dict
from processors.formats.shapes import is_call

_FENCE = re.compile(r"^[ \t]*```([A-Za-z0-9_+-]*)[ \t]*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)
_LANGUAGES = ("", "json")
_EXAMPLE = re.compile(
    r"\b(example|e\.g\.|for instance|such as|looks? like|could|would|might|schema|format|"
    r"ejemplo|podría|podrías|formato)\b[^\n]*\s*\Z",
    re.IGNORECASE,
)
_BEFORE = 200
"""Characters before a block in which it may be called an example."""
MOST_STARTS = 200
"""Braces at which a value is looked for: what a text costs must not grow with its square."""
_DECODER = json.JSONDecoder()


def read_blocks(text: str) -> Found:
    """The calls of the text's blocks, else of the JSON that stands in it."""
    fenced = list(_FENCE.finditer(text))
    values: list[JsonValue] = [] if fenced else _embedded(text)
    for match in fenced:
        language, body = match.groups()
        if language.lower() not in _LANGUAGES or _is_example(text, match.start()):
            continue
        found = read_json(body)
        if not isinstance(found, Unreadable):
            values += [found.value] if _acts(found.value) else []
        elif language and '"actions"' in body:
            return [replace(found, code="block_not_json")]
    documents = [value for value in values if is_dict(value) and not is_call(value)]
    if documents and len(values) > 1:
        return [Unreadable("several_blocks", f"{len(values)} blocks hold actions; one may")]
    return [item for value in values for item in read_value(value, _no_text, "text")]


def _no_text(text: str) -> Found:
    return []


def _acts(value: JsonValue) -> bool:
    """Whether it is an action wherever it stands."""
    if isinstance(value, list):
        return bool(value) and all(is_call(item) for item in value)
    if not is_dict(value):
        return False
    return is_call(value) or "actions" in value or is_call(value.get("action"))


def _is_example(text: str, start: int) -> bool:
    return _EXAMPLE.search(text[max(0, start - _BEFORE) : start]) is not None


def _embedded(text: str) -> list[JsonValue]:
    values: list[JsonValue] = []
    position = starts = 0
    while starts < MOST_STARTS and (start := _next_start(text, position)) >= 0:
        starts += 1
        try:
            _, position = _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            position = max(start + 1, error.pos)
            continue
        except RecursionError:
            break
        found = read_json(text[start:position])
        if isinstance(found, Unreadable) or not _acts(found.value) or _is_example(text, start):
            continue
        values.append(found.value)
    return values


def _next_start(text: str, position: int) -> int:
    found = [at for at in (text.find("{", position), text.find("[{", position)) if at >= 0]
    return min(found, default=-1)
