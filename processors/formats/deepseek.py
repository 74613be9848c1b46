"""Calls as DeepSeek's models write them, V3 and R1 first, V3.1 second:

    <｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather
    ```json
    {"city": "Paris"}
    ```<｜tool▁call▁end｜><｜tool▁calls▁end｜>

    <｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"city": "Paris"}
    <｜tool▁call▁end｜><｜tool▁calls▁end｜>

The bars are U+FF5C and the low lines U+2581, as in the models' vocabulary.
"""

import re

from processors.formats.arguments import arguments_at
from processors.formats.family import Family, Found
from processors.formats.json_text import FENCES
from processors.formats.marks import (
    Block,
    ReadBlock,
    ends_at,
    past_space,
    read_marked,
)
from processors.formats.named_call import TOOL_NAME
from processors.formats.proposal import Unreadable
from processors.formats.surface import Surface

SOURCE = "deepseek"
CALLS_BEGIN = "<｜tool▁calls▁begin｜>"
CALL_BEGIN, CALL_END = "<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>"
SEPARATOR = "<｜tool▁sep｜>"
OUTPUT_BEGIN, OUTPUT_END = "<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>"
_OBJECT_OR_MARK = re.compile(r"[{<]")


def read_deepseek(surface: Surface) -> Found:
    """The calls, in the order they stand."""
    return read_marked(surface, _READERS)


def _section(text: str, at: int) -> Block:
    """A section says that calls follow; the first must."""
    at = past_space(text, at)
    if text.startswith(CALL_BEGIN, at):
        return Block([], at)
    return _refused("call_missing", f"no {CALL_BEGIN} follows {CALLS_BEGIN}")


def _output(text: str, at: int) -> Block:
    """What a tool wrote, or a model imagining one: never read as a call."""
    end = text.find(OUTPUT_END, at)
    return Block([], end if end >= 0 else None, is_data=True)


def _call(text: str, at: int) -> Block:
    separator = text.find("<", at)
    if separator < 0 or not text.startswith(SEPARATOR, separator):
        return _refused("call_not_separated", f"no {SEPARATOR} follows {CALL_BEGIN}")
    title = separator + len(SEPARATOR)
    arguments = _OBJECT_OR_MARK.search(text, title)
    if arguments is None or arguments.group() != "{":
        return _refused("parameters_not_an_object", f"no JSON object follows {SEPARATOR}")
    name = _name(text[at:separator].strip(), text[title : arguments.start()].strip())
    if name is None:
        return _refused("action_name_unreadable", f"no one name stands around {SEPARATOR}")
    return _arguments(text, arguments.start(), name)


def _name(head: str, title: str) -> str | None:
    """The name stands after the separator in V3, where the head says `function`, and before it
    in V3.1."""
    for fence in FENCES:
        title = title.removesuffix(fence).rstrip()
    name = title or head
    if title and head not in ("", "function"):
        return None
    return name if TOOL_NAME.fullmatch(name) else None


def _arguments(text: str, at: int, name: str) -> Block:
    block = arguments_at(text, at, name, SOURCE, CALL_END)
    if block.end is not None and not ends_at(text, block.end):
        return _refused("call_not_closed", f"other text follows the arguments of {name}")
    return block


def _refused(code: str, why: str) -> Block:
    """Where such a block ends is unknown."""
    return Block([Unreadable(code, why)], None)


_READERS: dict[str, ReadBlock] = {
    CALLS_BEGIN: _section,
    CALL_BEGIN: _call,
    OUTPUT_BEGIN: _output,
}

DEEPSEEK = Family(SOURCE, (CALLS_BEGIN, CALL_BEGIN, OUTPUT_BEGIN), read_deepseek)
