"""Calls as gpt-oss writes them (harmony): a message whose recipient is a tool.

    <|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json
    <|message|>{"city": "Paris"}<|call|>

The recipient may stand in front of the channel, too. Which messages are thinking, or another's,
`turns` tells before. (https://github.com/openai/harmony, docs/format.md)
"""

import re

from processors.formats.arguments import arguments_at
from processors.formats.family import Family, Found
from processors.formats.marks import Block, ends_at, read_marked
from processors.formats.proposal import Unreadable
from processors.formats.surface import Surface

SOURCE = "harmony"
_RECIPIENT = " to="
_HEADER = re.compile(
    r"(?P<name>[\w.-]{1,128}+)[^<]{0,100}+(?:<\|channel\|>[^<]{0,100})?"
    r"(?:<\|constrain\|>[^<]{0,100})?<\|message\|>\s*+"
)


def read_harmony(surface: Surface) -> Found:
    """The calls, in order."""
    return read_marked(surface, {_RECIPIENT: _call})


def _call(text: str, at: int) -> Block:
    header = _HEADER.match(text, at)
    if header is None or header["name"] == "assistant":
        return Block([], at)
    if text.startswith("<", header.end()):
        return Block([], at)  # Muse's recipients, with tags behind them
    name = header["name"].removeprefix("functions.")
    if not text.startswith("{", header.end()):
        problem = f"the message to {name} is no JSON object"
        return Block([Unreadable("parameters_not_an_object", problem)], None)
    block = arguments_at(text, header.end(), name, SOURCE, "<|")
    if block.end is None or ends_at(text, block.end):
        return block
    return Block([Unreadable("call_not_closed", f"text follows the arguments of {name}")], None)


HARMONY = Family(SOURCE, (_RECIPIENT,), read_harmony)
