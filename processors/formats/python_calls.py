"""Calls written as Python: `[get_weather(city="Paris"), get_time()]`.

Parsed, never run: only calls by name with keyword arguments are read, and of values only what
has a JSON counterpart. Anything else, such as a positional argument, would need knowledge of the
tool or a Python to run it in, and is refused.

The list is the whole text, or stands in one of `WRAPPERS`. There OLMo writes one call a line, so
a list, single calls and calls in a row are all read.
"""

import ast
import re
import string
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import JsonValue

from processors.formats.family import Family, Found
from processors.formats.json_text import JSON_WORDS, JsonRead, read_json
from processors.formats.marks import Block, ReadBlock, past_space, read_marked
from processors.formats.named_call import named_call
from processors.formats.proposal import JsonDict, Proposal, Unreadable
from processors.formats.python_names import is_written, lines_to_compare
from processors.formats.surface import GONE, Surface

SOURCE = "python_calls"
LARGEST_SOURCE = 65_536
DEEPEST = 64
_BRACKETS = re.compile(r"[()\[\]{}]")


class Wrapper(NamedTuple):
    opening: str
    closing: str
    may_stay_open: bool


WRAPPERS = (
    Wrapper("<|python_start|>", "<|python_end|>", True),  # Llama 4, which often stops before it
    Wrapper("<function_calls>", "</function_calls>", False),  # OLMo 3
    Wrapper("<|tool_call_start|>", "<|tool_call_end|>", False),  # LFM2
)


class _NoLiteral(Exception):
    """A value that has no JSON counterpart. Stays within this file."""


def read_python_calls(surface: Surface) -> Found:
    """The calls in order. Text that merely begins and ends with brackets is nothing here."""
    bare = surface.text.strip(string.whitespace + GONE)
    if bare.startswith("[") and bare.endswith("]"):
        found = _only_lists(bare)
        if found:
            surface.taken.append((0, len(surface.text)))
            return found
    return read_marked(surface, _READERS)


def _only_lists(source: str) -> Found:
    """What lists of calls hold; nothing if the source is anything else."""
    statements = _parse(source) or []
    if not all(isinstance(s, ast.Expr) and isinstance(s.value, ast.List) for s in statements):
        return []
    items = _items(statements)
    if not items or not all(isinstance(item, ast.Call) for item in items):
        return []
    return _read_items(items, source)


def _wrapped(text: str, at: int, wrapper: Wrapper) -> Block:
    if text.startswith("<", past_space(text, at)):
        return Block([], at)  # tags, which are another format's, or nothing
    closing = text.find(wrapper.closing, at)
    end = len(text) if closing < 0 else closing
    source = text[at:end].strip()
    if isinstance(read_json(source), JsonRead):
        return Block([], end)  # another format's, too
    if closing < 0 and not wrapper.may_stay_open:
        return Block([Unreadable("call_not_closed", f"{wrapper.closing} is missing")], None)
    statements = _parse(source)
    if not statements:
        # The closing mark that was found may stand inside a string: the end is not certain.
        problem = f"what follows {wrapper.opening} is no list of calls"
        return Block([Unreadable("call_not_python", problem)], None)
    return Block(_read_items(_items(statements), source), end)


def _parse(source: str) -> list[ast.stmt] | None:
    """The statements; None if there is no telling. The parser has limits of its own that keep it
    off the end of the C stack (200 brackets, 6,000 nested rules); these keep it far from them."""
    if len(source) > LARGEST_SOURCE or _deepest(source) > DEEPEST:
        return None
    try:
        with warnings.catch_warnings():
            # `1or` makes the parser write to stderr.
            warnings.simplefilter("ignore")
            return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _deepest(source: str) -> int:
    """How deep brackets nest, those in strings counted too: an estimate that needs no parser."""
    level = deepest = 0
    for bracket in _BRACKETS.findall(source):
        level = level + 1 if bracket in "([{" else max(level - 1, 0)
        deepest = max(deepest, level)
    return deepest


def _items(statements: list[ast.stmt]) -> list[ast.AST]:
    items: list[ast.AST] = []
    for statement in statements:
        match statement:
            case ast.Expr(value=ast.List(elts=inner) | ast.Tuple(elts=inner)):
                items += inner
            case ast.Expr(value=alone):
                items.append(alone)
            case _:
                items.append(statement)
    return items


def _read_items(items: Sequence[ast.AST], source: str) -> Found:
    lines = lines_to_compare(source)
    return [
        Unreadable("action_name_unreadable", "Python reads a name's letters as others")
        if lines and not is_written(item, lines)
        else _read_item(item)
        for item in items
    ]


def _read_item(item: ast.AST) -> Proposal | Unreadable:
    name = _dotted(item.func) if isinstance(item, ast.Call) else None
    if name is None or not isinstance(item, ast.Call):
        return Unreadable("not_a_call", "expected only calls by name")
    if item.args:
        return Unreadable("arguments_positional", f"{name[:128]} has arguments without a name")
    params: JsonDict = {}
    for keyword in item.keywords:
        if keyword.arg is None or keyword.arg in params:
            return Unreadable("parameters_ambiguous", f"{name[:128]}: `**`, or a name twice")
        try:
            params[keyword.arg] = _value(keyword.value)
        except _NoLiteral:
            problem = f"{name[:128]}: {keyword.arg[:128]} has no JSON counterpart"
            return Unreadable("parameters_not_json", problem)
    return named_call(name, params, SOURCE)


def _dotted(node: ast.expr) -> str | None:
    """`a.b.c` as it stands; None if it is more than names and dots."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def _value(node: ast.expr | None) -> JsonValue:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Name(id=word) if word in JSON_WORDS:
            return JSON_WORDS[word]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            if not isinstance(number, bool):
                return -number
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return _object(keys, values)
    raise _NoLiteral


def _object(keys: list[ast.expr | None], values: list[ast.expr]) -> JsonDict:
    found: JsonDict = {}
    for key_node, value_node in zip(keys, values, strict=True):
        key = _value(key_node) if isinstance(key_node, ast.Constant) else None
        if not isinstance(key, str) or key in found:
            raise _NoLiteral
        found[key] = _value(value_node)
    return found


def _reader(wrapper: Wrapper) -> ReadBlock:
    return lambda text, at: _wrapped(text, at, wrapper)


_READERS = {wrapper.opening: _reader(wrapper) for wrapper in WRAPPERS}

PYTHON_CALLS = Family(SOURCE, ("(", *_READERS), read_python_calls)
"""A bare list has no mark but its calls' bracket; reading text that is no list costs nothing."""
