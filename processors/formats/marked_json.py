"""Calls that are JSON behind a mark: what most open models are trained to write.

    <tool_call>{"name": "get_weather", "arguments": {"city": "Tokyo"}}</tool_call>

An object is one call, a list several. Where the mark is followed by something else the block is
another family's (`<tool_call><function=…`), or prose about the mark: it is nothing here.
`MARKS` is the whole family; Mistral's mark alone has forms of its own.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from pydantic import JsonValue

from processors.formats.arguments import arguments_at
from processors.formats.family import MOST_ACTIONS, Family, Found
from processors.formats.json_text import named
from processors.formats.marks import Block, ReadBlock, ends_at, past_fence, past_space, read_marked
from processors.formats.named_call import TOOL_NAME
from processors.formats.proposal import Proposal, Unreadable, is_dict
from processors.formats.repair import flagged, part_or_repaired
from processors.formats.shapes import is_call, read_call
from processors.formats.surface import Surface

SOURCE = "marked_json"
_ANY_MARK = "<|"
"""How what follows broken JSON begins where a mark has no closing one."""
_BRACKET = re.compile(r"[\[{]")
_PLAIN_WORDS = re.compile(r"[\w\s.,:;!?-]*")
_CONTROL = re.compile(r"\[/?[A-Z_]+\]")
"""Mistral's other marks, which are no lists."""

ReadItem = Callable[[JsonValue, str], Proposal | Unreadable]


class Mark(NamedTuple):
    opening: str
    closing: str | None
    """`None` if the models write none: then any text may follow the JSON."""
    payload: Callable[[str, int, "Mark"], Block]
    """How what stands behind the opening looks."""


def read_marked_json(surface: Surface) -> Found:
    """The blocks' calls, in the order they stand."""
    return read_marked(surface, _READERS)


def _calls(text: str, at: int, mark: Mark) -> Block:
    """Calls in one of the usual shapes."""
    return _block(text, at, mark, lambda item, pointer: read_call(item, pointer, SOURCE))


def _calls_from_bracket(text: str, at: int, mark: Mark) -> Block:
    """As `_calls`, where the mark is a plain word and only with its bracket means a call."""
    return _calls(text, at - 1, mark)


def _keyed_calls(text: str, at: int, mark: Mark) -> Block:
    """Calls whose one key is the name and whose value the arguments."""
    return _block(text, at, mark, _keyed_call)


def _keyed_call(item: JsonValue, pointer: str) -> Proposal | Unreadable:
    if is_call(item) or not is_dict(item):
        return read_call(item, pointer, SOURCE)
    if len(item) != 1:
        return Unreadable("action_type_ambiguous", "one key must be the action's name", pointer)
    [(name, arguments)] = item.items()
    return read_call({"name": name, "arguments": arguments}, pointer, SOURCE)


def _mistral(text: str, at: int, mark: Mark) -> Block:
    """What stands between the mark and the first bracket decides:

    | between | bracket | |
    |---|---|---|
    | nothing | `{` or `[` | calls |
    | a name | `{`, or `[ARGS]`, maybe after `[CALL_ID]id` | that call's arguments |
    | plain words | `[{` | calls |

    Words with quotes or brackets among them show that the mark stands inside something else.
    """
    at = past_fence(text, at)
    bracket = _BRACKET.search(text, at)
    if bracket is None:
        return Block([], at)
    start = bracket.start()
    between = text[at:start].strip()
    if TOOL_NAME.fullmatch(between):
        arguments = _mistral_arguments(text, start)
        if arguments is not None:
            return _named_call(text, arguments, between)
    is_list = text[start] == "[" and text.startswith("{", past_space(text, start + 1))
    opens_calls = is_list if between else not _CONTROL.match(text, start)
    if opens_calls and _PLAIN_WORDS.fullmatch(between):
        return _calls(text, start, mark)
    return Block([], start)


def _mistral_arguments(text: str, start: int) -> int | None:
    """Where the arguments of a named call should begin; `None` if this is no named call."""
    is_identified = text.startswith("[CALL_ID]", start)
    if is_identified:
        following = _BRACKET.search(text, start + 1)
        start = following.start() if following else len(text)
    if text.startswith("[ARGS]", start):
        return past_fence(text, start + len("[ARGS]"))
    return start if is_identified or text.startswith("{", start) else None


def _named_call(text: str, at: int, name: str) -> Block:
    if not text.startswith("{", at):
        code = "parameters_not_an_object"
        return Block([Unreadable(code, f"the arguments of {name} are no JSON object")], None)
    return arguments_at(text, at, name, SOURCE, _ANY_MARK)


def _block(text: str, at: int, mark: Mark, read_item: ReadItem) -> Block:
    """The block's calls, if it holds JSON and nothing else before its closing mark."""
    at = past_fence(text, at)
    if not _opens_value(text, at):
        return Block([], at)
    block = _values(text, at, mark, read_item)
    if block.end is None or mark.closing is None or ends_at(text, block.end):
        return block
    why = f"other text stands between the JSON and {mark.closing}"
    return Block([Unreadable("call_not_closed", why)], None)


def _values(text: str, at: int, mark: Mark, read_item: ReadItem) -> Block:
    """The values that follow each other from `at`, each a call or a list of calls."""
    found: Found = []
    for _ in range(MOST_ACTIONS + 1):
        part = part_or_repaired(text, at, mark.closing or _ANY_MARK)
        if isinstance(part.found, Unreadable):
            found.append(named(part.found, "call_not_json", f"after {mark.opening}"))
        else:
            found += flagged(_items(part.found.value, read_item), part.found)
        if part.end is None:
            return Block(found, None)
        following = _next_value(text, part.end, mark)
        if following is None:
            return Block(found, part.end)
        at = following
    why = f"more than {MOST_ACTIONS} values follow {mark.opening}"
    return Block([*found, Unreadable("output_too_complex", why)], None)


def _items(value: JsonValue, read_item: ReadItem) -> Found:
    if isinstance(value, list):
        return [read_item(item, f"/{i}") for i, item in enumerate(value)]
    return [read_item(value, "")]


def _next_value(text: str, at: int, mark: Mark) -> int | None:
    """Where the block's next value begins: after a `;`, as Llama 3 separates them, or, where a
    closing mark shows that it is still the same block, after white space."""
    at = past_space(text, at)
    separated = text.startswith(";", at)
    if separated:
        at = past_space(text, at + 1)
    return at if (separated or mark.closing) and _opens_value(text, at) else None


def _opens_value(text: str, at: int) -> bool:
    return text.startswith(("{", "["), at)


MARKS = (
    Mark("<tool_call>", "</tool_call>", _calls),  # Hermes, Qwen, xLAM, Granite 3.1
    Mark("<tool_calls>", "</tool_calls>", _calls),  # Jamba
    Mark("<longcat_tool_call>", "</longcat_tool_call>", _calls),
    Mark("<|plugin|>", "<|action_end|>", _calls),  # InternLM2, after <|action_start|>
    Mark("<|tools_prefix|>", "<|tools_suffix|>", _keyed_calls),  # Apertus
    Mark("<|tool_call|>", None, _calls),  # Granite 3
    Mark("<function_call>", None, _calls),  # Granite 20B
    Mark("<|function_call|>", None, _calls),  # GigaChat 3.1
    Mark("function call<|role_sep|>", None, _calls),  # GigaChat 3
    Mark("<|python_tag|>", None, _calls),  # Llama 3
    Mark("functools[", None, _calls_from_bracket),  # Phi-4-mini
    Mark("[TOOL_CALLS]", None, _mistral),
)


def _reader(mark: Mark) -> ReadBlock:
    return lambda text, at: mark.payload(text, at, mark)


_READERS: dict[str, ReadBlock] = {mark.opening: _reader(mark) for mark in MARKS}

MARKED_JSON = Family(SOURCE, tuple(mark.opening for mark in MARKS), read_marked_json)
