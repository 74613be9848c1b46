"""A value that a format writes as bare text, without saying of which type it is.

Serving engines look the type up in the tool's schema. Here no schema is at hand: what reads as
JSON is taken for it, and the text goes along, so that the schema has the last word later.
"""

from pydantic import JsonValue

from processors.formats.json_text import read_json
from processors.formats.proposal import Unreadable

_LINE_BREAKS = ("\r\n", "\n")


def untyped(text: str) -> JsonValue:
    """A number, true, false, null, object or list where the text is one in JSON, else the text.

    JSON beyond the usual bounds stays text, as does a quoted JSON string: its quotes may be part
    of it.
    """
    found = read_json(text)
    if isinstance(found, Unreadable) or isinstance(found.value, str):
        return without_layout(text)
    return found.value


def without_layout(text: str) -> str:
    """The text without the one line break after its opening tag and the one before its closing
    tag, which are layout."""
    first = next((end for end in _LINE_BREAKS if text.startswith(end)), "")
    inner = text.removeprefix(first)
    last = next((end for end in _LINE_BREAKS if inner.endswith(end)), "")
    return inner.removesuffix(last)
