"""Turns of a conversation that a model writes, or echoes: of any role but its own they are data.

Chat templates put a mark and the role before a turn and a mark behind it. gpt-oss (harmony) writes
messages: `<|start|>ROLE<|channel|>CHANNEL<|message|>…<|end|>`, where the prompt gives the first
role. The channel `analysis` is thinking, `final` and `commentary` are for the user, and what has
a recipient (`to=functions.pay`) is a call, in any channel. Muse writes messages, too; what it
sends to itself is thinking. (https://github.com/openai/harmony, docs/format.md)
"""

import re
from enum import Enum, auto
from typing import NamedTuple

_ENDS = {
    "<|im_start|>": "<|im_end|>",  # ChatML: Qwen, Hermes
    "<|start_of_role|>": "<|end_of_text|>",  # Granite
    "<|start_header_id|>": "<|eot_id|>",  # Llama 3
    "<start_of_turn>": "<end_of_turn>",  # Gemma
}
_OWN = ("assistant", "model")
TURN = (
    rf"(?P<turn>{'|'.join(map(re.escape, _ENDS))})[ \t]*(?P<role>\w{{0,40}})"
    r"|(?P<message>(?:<\|start\|>(?P<sender>[^<]{0,200}))?"
    r"(?:<\|channel\|>(?P<channel>[^<]{0,200}))?"
    r"(?:<\|constrain\|>[^<]{0,200})?<\|message\|>)"
)
_ANY_TURN = re.compile("|".join(map(re.escape, _ENDS)))
_NEXT = ("<|start|>", "<|channel|>")
_ANY_MESSAGE = re.compile("|".join(map(re.escape, _NEXT)))
_MESSAGE_END = re.compile(r"<\|(?:end|eom|return|call|start|channel)\|>")


class Whose(Enum):
    MEANT = auto()
    THOUGHT = auto()
    DATA = auto()


class Turn(NamedTuple):
    whose: Whose
    end: int
    """Where it ends, its closing mark included."""
    next: int
    """Where the next turn begins, or the text ends. Nobody can tell whose words stand between."""


def turn_of(text: str, match: re.Match[str]) -> Turn:
    """The turn whose beginning `TURN` matched."""
    if match["message"] is not None:
        return _message(text, match)
    opening = match["turn"]
    if match["role"].lower() in _OWN:
        return Turn(Whose.MEANT, match.end(), match.end())
    closing = _ENDS[opening]
    end = text.find(closing, match.end())
    if end < 0:
        return Turn(Whose.DATA, len(text), len(text))
    end += len(closing)
    following = _ANY_TURN.search(text, end)
    return Turn(Whose.DATA, end, following.start() if following else len(text))


def _message(text: str, match: re.Match[str]) -> Turn:
    sender, channel = (match["sender"] or "assistant").strip(), (match["channel"] or "").strip()
    is_own = sender.startswith("assistant")
    before = text[max(0, match.start() - 8) : match.start()]
    if is_own and (sender.endswith(" to=self") or before.endswith(" to=self")):
        return _until_next(text, match, Whose.THOUGHT)
    if is_own and (" to=" in f" {sender}" or " to=" in f" {channel}"):
        return Turn(Whose.MEANT, match.end(), match.end())
    if is_own and not channel.startswith("analysis"):
        return Turn(Whose.MEANT, match.end(), match.end())
    return _until_next(text, match, Whose.THOUGHT if is_own else Whose.DATA)


def _until_next(text: str, match: re.Match[str], whose: Whose) -> Turn:
    closing = _MESSAGE_END.search(text, match.end())
    if closing is None:
        return Turn(whose, len(text), len(text))
    if closing.group() in _NEXT:
        return Turn(whose, closing.start(), closing.start())
    following = _ANY_MESSAGE.search(text, closing.end())
    return Turn(whose, closing.end(), following.start() if following else len(text))
