"""Prose with a fenced JSON block: the block holds the documented shape.

One block with actions is read. Two are ambiguous, and ambiguity is an error, not a guess.
A fence in another language is an example, not an action.
"""

import re
from dataclasses import replace

from pydantic import JsonValue

from processors.formats.documented import read_documented
from processors.formats.json_text import read_json
from processors.formats.proposal import Proposal, Unreadable, is_dict

_FENCE = re.compile(r"^[ \t]*```([A-Za-z0-9_+-]*)[ \t]*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)


def read_fenced(text: str) -> list[Proposal | Unreadable]:
    """The actions of the text's one JSON block; nothing if it has no such block."""
    blocks: list[JsonValue] = []
    for language, body in _FENCE.findall(text):
        if language.lower() not in ("", "json"):
            continue
        found = read_json(body)
        if isinstance(found, Unreadable):
            if language.lower() == "json" and '"actions"' in body:
                return [replace(found, code="block_not_json")]
            continue
        if is_dict(found.value) and "actions" in found.value:
            blocks.append(found.value)
    if len(blocks) > 1:
        return [Unreadable("several_blocks", f"{len(blocks)} fenced blocks hold actions; one may")]
    return read_documented(blocks[0], "text") if blocks else []
