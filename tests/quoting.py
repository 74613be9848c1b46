"""Does an action quote its output? An oracle that shares no code with the readers.

Of an action's name, and of each parameter (its key, then the keys and leaves below, in order), all
must stand one behind the other in one text: the output's, or that text with the escapes of JSON
or Python undone once or more, as often as formats put JSON into JSON. A number must be a whole
number token of it: 1000 does not stand in `1,000`, nor 12 in `123`.

Joined texts (`"a" "b"`), spaced names (`a . b`) and rewritten line ends count for Python calls
alone. What an action leaves out is not looked at: nothing is invented, that is the promise.
"""

import json
import re
from collections.abc import Iterator
from functools import cached_property

from pydantic import JsonValue

from processors.formats import Proposal, Unreadable

Leaf = JsonValue
_MOST_LAYERS = 4
"""An object's JSON, a text in it, JSON in that text, arguments as text in that JSON."""
_JSON_ESCAPE = re.compile(r"""\\(?:u([0-9a-fA-F]{4})|(["'\\/bfnrt]))""")
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PYTHON_ESCAPE = re.compile(
    r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-7]{1,3}|N\{[^}\n]*\}|[\n\\'\"abfnrtv])"
)
_LITERAL = (
    r"""[rRuU]?(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
)
_ONE_LITERAL = re.compile(_LITERAL, re.DOTALL)
_LITERALS = re.compile(rf"{_LITERAL}(?:(?:\s|\\\n|\#[^\n]*\n)*{_LITERAL})*", re.DOTALL)
_PYTHON_STARTS = re.compile(r"<\|python_start\|>|<function_calls>|<\|tool_call_start\|>|\A[^\[]*\[")
_NUMBER = re.compile(
    r"-?\s*(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+"
    r"|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?)"
)
_WORDS = {True: re.compile("true", re.I), False: re.compile("false", re.I)}
_NULL = re.compile("null|none", re.I)
_NOT_GIVEN = re.compile("null|none|nan|inf", re.I)
_CONFIDENCE = ("confidence", "confidence_score")


def unquoted(output: JsonValue, found: list[Proposal | Unreadable]) -> list[str]:
    """What the actions say that the output does not; empty if they only quote."""
    proposals = [item for item in found if isinstance(item, Proposal)]
    if not proposals:
        return []
    layers = list(_layers(output))
    is_python = any(item.source == "python_calls" for item in proposals)
    python = [text for layer in layers for text in _as_python(layer)] if is_python else []
    return [
        complaint
        for item in proposals
        for complaint in _complaints(item, python if item.source == "python_calls" else layers)
    ]


class _Text:
    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def numbers(self) -> list[tuple[int, int, float]]:
        """Start, end and value of each number token."""
        spans = ((m.start(), m.end(), _number(m.group())) for m in _NUMBER.finditer(self.text))
        return [(start, end, value) for start, end, value in spans if value is not None]

    def holds(self, leaves: list[Leaf]) -> bool:
        """Whether they stand here in order. The first place behind the last one is always the
        best: a later one leaves less text."""
        at: int | None = 0
        key: Leaf = None
        for leaf in leaves:
            at = None if at is None else self._past(leaf, at, key)
            key = leaf
        return at is not None

    def _past(self, leaf: Leaf, at: int, key: Leaf) -> int | None:
        if isinstance(leaf, str):
            start = self.text.find(leaf, at)
            return None if start < 0 else start + len(leaf)
        if leaf is None or isinstance(leaf, bool):
            null = _NOT_GIVEN if key in _CONFIDENCE else _NULL
            match = (null if leaf is None else _WORDS[leaf]).search(self.text, at)
            return match and match.end()
        ends = (end for start, end, value in self.numbers if start >= at and value == leaf)
        return next(ends, None)


def _complaints(item: Proposal, texts: list[_Text]) -> Iterator[str]:
    is_python = item.source == "python_calls"
    name: list[Leaf] = [*item.name.split(".")] if is_python else [item.name]
    if not any(text.holds(name) for text in texts):
        yield f"the name {item.name!a} does not stand in the output"
    for key, value in item.params.items():
        leaves = [key, *_leaves(value)]
        if not any(text.holds(leaves) for text in texts):
            yield f"the parameter {key!a} = {value!a} does not stand in the output"


def _leaves(value: JsonValue) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _layers(output: JsonValue) -> Iterator[_Text]:
    """The output's texts, outermost first."""
    starts = [output] if isinstance(output, str) else [_as_json(output), "\n".join(_said(output))]
    for text in starts:
        for _ in range(_MOST_LAYERS + 1):
            yield _Text(text)
            inner = _without_json_escapes(text)
            if inner == text:
                break
            text = inner


def _as_json(output: JsonValue) -> str:
    return json.dumps(output, ensure_ascii=False)


def _said(value: JsonValue, key: str = "") -> Iterator[str]:
    """The texts of a provider's object, whose blocks are read as one text."""
    if isinstance(value, str) and key in ("text", "content"):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _said(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner)


def _as_python(layer: _Text) -> Iterator[_Text]:
    """The text, and what stands behind each place where Python may begin, with its literals as
    their values: before it an apostrophe opens nothing."""
    yield layer
    lines = layer.text.replace("\r\n", "\n").replace("\r", "\n")
    for start in _PYTHON_STARTS.finditer(lines):
        yield _Text(_LITERALS.sub(_value_of, lines[start.end() :]))


def _value_of(literals: re.Match[str]) -> str:
    return f'"{"".join(map(_text_of, _ONE_LITERAL.findall(literals.group())))}"'


def _text_of(literal: str) -> str:
    quoted = literal.lstrip("rRuU")
    width = 3 if quoted[:3] in ('"""', "'''") else 1
    inner = quoted[width:-width]
    is_raw = literal[0] in "rR"
    return inner if is_raw else _PYTHON_ESCAPE.sub(_python_character, inner)


def _without_json_escapes(text: str) -> str:
    if "\\" not in text:
        return text
    found = _JSON_ESCAPE.sub(_json_character, text)
    # Pairs of escaped surrogates are one character.
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _json_character(escape: re.Match[str]) -> str:
    code, plain = escape.groups()
    return chr(int(code, 16)) if code else _CONTROL.get(plain, plain)


def _python_character(escape: re.Match[str]) -> str:
    if escape.group() == "\\\n":
        return ""
    try:
        return escape.group().encode("ascii").decode("unicode_escape")
    except ValueError:
        return escape.group()


def _number(token: str) -> float | None:
    plain = re.sub(r"[\s_]", "", token)
    try:
        return int(plain, 0) if re.match(r"-?0[xXbBoO]", plain) else _decimal(plain)
    except ValueError:
        return None


def _decimal(token: str) -> float:
    """Base 0 refuses `007`, as JSON and Python do."""
    return int(token, 0) if token.lstrip("-").isdigit() else float(token)
