"""Which format an output is in: tried in a fixed order, the first that applies decides.

1. an object or a list (the output itself is JSON), or text that is one      `objects`
2. text with the marks of a family, without the model's reasoning            `FAMILIES`
3. text with `Action:` and `Action Input:`                                   `react`
4. JSON in fenced blocks, else JSON that stands in the text                  `blocks`

Two families that both find calls in one text are refused: which one the model meant would be
a guess.
"""

from dataclasses import replace

import orjson
from pydantic import JsonValue

from processors.formats.blocks import read_blocks
from processors.formats.deepseek import DEEPSEEK
from processors.formats.family import Family, Found
from processors.formats.gemma import GEMMA
from processors.formats.json_text import read_json
from processors.formats.key_pairs import KEY_PAIRS
from processors.formats.marked_json import MARKED_JSON
from processors.formats.objects import read_value
from processors.formats.proposal import Unreadable
from processors.formats.python_calls import PYTHON_CALLS
from processors.formats.react import looks_like_react, read_react
from processors.formats.reasoning import without_reasoning
from processors.formats.xml_calls import XML_CALLS

LARGEST_OUTPUT = 262_144
MOST_ACTIONS = 50
FAMILIES: tuple[Family, ...] = (
    MARKED_JSON,
    DEEPSEEK,
    XML_CALLS,
    KEY_PAIRS,
    GEMMA,
    PYTHON_CALLS,
)


def read_output(output: JsonValue) -> Found:
    """What the output proposes, in order; empty if it proposes nothing.

    An output over 256 KB, or with more than 50 actions, is one `Unreadable`.
    """
    if isinstance(output, str):
        if len(output.encode("utf-8", "surrogatepass")) > LARGEST_OUTPUT:
            return [Unreadable("output_too_large", f"an output may have {LARGEST_OUTPUT} bytes")]
        found = read_text(output)
    else:
        if len(orjson.dumps(output)) > LARGEST_OUTPUT:
            return [Unreadable("output_too_large", f"an output may have {LARGEST_OUTPUT} bytes")]
        found = read_value(output, read_text)
    if len(found) > MOST_ACTIONS:
        return [Unreadable("too_many_actions", f"{len(found)} actions; {MOST_ACTIONS} may be")]
    return found


def read_text(text: str) -> Found:
    """What a text proposes, in order."""
    stripped = text.strip()
    problem: Unreadable | None = None
    if stripped[:1] in ("{", "["):
        value = read_json(stripped)
        if not isinstance(value, Unreadable):
            # A text in JSON is no provider's object: what it quotes is not read again.
            return read_value(value.value, lambda quoted: [])
        problem = replace(value, code="output_not_json")
    meant = without_reasoning(text)
    found = _read_families(meant)
    if not found and looks_like_react(meant):
        return read_react(meant)
    found = found or read_blocks(meant)
    return found or ([problem] if problem is not None else [])


def _read_families(text: str) -> Found:
    read = [(family, family.read(text)) for family in FAMILIES if _is_marked(family, text)]
    with_calls = [(family.name, found) for family, found in read if found]
    if len(with_calls) > 1:
        names = " and ".join(name for name, _ in with_calls)
        return [Unreadable("several_formats", f"calls in several formats: {names}")]
    return with_calls[0][1] if with_calls else []


def _is_marked(family: Family, text: str) -> bool:
    return any(mark in text for mark in family.marks)
