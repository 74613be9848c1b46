"""Which format an output is in: tried in a fixed order, the first that applies decides.

1. an object or list (the output itself is JSON)      documented
2. text that is a JSON object or list                 documented
3. text with `Action:` and `Action Input:`            react
4. other text                                         fenced
"""

from dataclasses import replace

import orjson
from pydantic import JsonValue

from processors.formats.documented import read_documented
from processors.formats.fenced import read_fenced
from processors.formats.json_text import read_json
from processors.formats.proposal import Proposal, Unreadable
from processors.formats.react import looks_like_react, read_react

LARGEST_OUTPUT = 262_144
MOST_ACTIONS = 50


def read_output(output: JsonValue) -> list[Proposal | Unreadable]:
    """What the output proposes, in order; empty if it proposes nothing.

    An output over 256 KB, or with more than 50 actions, is one `Unreadable`.
    """
    if isinstance(output, str):
        if len(output.encode("utf-8", "surrogatepass")) > LARGEST_OUTPUT:
            return [Unreadable("output_too_large", f"an output may have {LARGEST_OUTPUT} bytes")]
        found = _read_text(output)
    else:
        if len(orjson.dumps(output)) > LARGEST_OUTPUT:
            return [Unreadable("output_too_large", f"an output may have {LARGEST_OUTPUT} bytes")]
        found = read_documented(output)
    if len(found) > MOST_ACTIONS:
        return [Unreadable("too_many_actions", f"{len(found)} actions; {MOST_ACTIONS} may be")]
    return found


def _read_text(text: str) -> list[Proposal | Unreadable]:
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        value = read_json(stripped)
        if isinstance(value, Unreadable):
            return [replace(value, code="output_not_json")]
        return read_documented(value.value)
    if looks_like_react(text):
        return read_react(text)
    return read_fenced(text)
