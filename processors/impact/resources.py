"""What an action touches, by name: the definition's templates with the parameters filled in."""

import re

from pydantic import JsonValue

from schemas.events import Drafted
from schemas.settings import ActionDefinition

_PLACE = re.compile(r"\{(\w+)\}")
_LONGEST = 64
_LARGEST = 10**_LONGEST


def resources(action: Drafted, definition: ActionDefinition | None) -> list[str]:
    if definition is None:
        return []
    return [
        _PLACE.sub(lambda match: _shown(action.params.get(match[1], "?")), template)
        for template in definition.resources
    ]


def _shown(value: JsonValue) -> str:
    """At most 64 characters. A list or an object is told by its size: writing it out could take
    long, and go deeper than Python writes."""
    if isinstance(value, list | dict):
        return f"({len(value)})"
    if isinstance(value, int) and not -_LARGEST < value < _LARGEST:
        return "?"  # Python refuses to write some of these, too
    return str(value)[:_LONGEST]
