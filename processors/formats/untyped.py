"""A value that a format writes as bare text, without saying of which type it is.

Serving engines look the type up in the tool's schema. Here no schema is at hand, and whether the
value fits is checked later; what reads as JSON is taken as the model most likely wrote it.
"""

from pydantic import JsonValue

from processors.formats.json_text import read_json
from processors.formats.proposal import Unreadable

_LINE_BREAKS = ("\r\n", "\n")


def untyped(text: str) -> JsonValue:
    """A number, true, false, null, object or list where the text is one in JSON, else the text.

    Of a text, the one line break after its opening tag and the one before its closing tag are
    layout and left out. JSON beyond the usual bounds stays text, as does a quoted JSON string:
    its quotes may be part of it.
    """
    found = read_json(text)
    if isinstance(found, Unreadable) or isinstance(found.value, str):
        return _without_layout(text)
    return found.value


def _without_layout(text: str) -> str:
    first = next((end for end in _LINE_BREAKS if text.startswith(end)), "")
    inner = text.removeprefix(first)
    last = next((end for end in _LINE_BREAKS if inner.endswith(end)), "")
    return inner.removesuffix(last)
