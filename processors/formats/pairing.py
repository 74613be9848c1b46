"""Which places of a text are marks, and which closing mark belongs to which opening one."""

import re
from collections.abc import Mapping

from processors.formats.asides import Kind, Mark, mark_of
from processors.formats.raw_values import RawValues


def marks_of(text: str, places: list[re.Match[str]]) -> dict[int, Mark]:
    """The marks among the places, by place. A comment or an example in a value is the value's."""
    found: dict[int, Mark] = {}
    values = RawValues(text)
    for match in places:
        mark = mark_of(match) if match["fixed"] or match["tag"] else None
        if mark and not (mark.kind is Kind.EXAMPLE and values.hold(match.start())):
            found[match.start()] = mark
    return found


def paired(marks: Mapping[int, Mark]) -> dict[int, int]:
    """The place of each opening mark that is closed, with that of its closing mark. `marks`: by
    place, in order. Marks of one name nest; of a mark that does not, the first one opens."""
    open_: dict[str, list[int]] = {}
    found: dict[int, int] = {}
    for place, mark in marks.items():
        waiting = open_.setdefault(mark.name, [])
        if mark.opens:
            if mark.nests or not waiting:
                waiting.append(place)
        elif waiting:
            found[waiting.pop()] = place
    return found
