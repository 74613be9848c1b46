"""The part of Jinja that templates are written in, checked before the engine sees a text.

The engine offers more than is safe here: macros that call themselves, `set` that doubles a
text until memory ends, `"x" * n` with the model's own `n`, methods of Python objects. So a
text is cut into tokens, and whatever is not on the lists is refused. Where our cutting and
the engine's could differ (braces inside expressions), the text is refused too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from processors.templates.functions import FILTER_NAMES, FUNCTIONS, TEST_NAMES
from processors.templates.inputs import ROOTS

MOST_SOURCE = 4_000
MOST_TOKENS = 400
MOST_CONCATENATIONS = 16
"""`+` and `~` of one text: in two nested loops they multiply what is given at most by 81."""
MOST_LOOPS = 2
"""Loops within one another."""
MOST_BRACKETS = 16

_OPEN = re.compile(r"\{\{|\{%|\{#")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))
      | (?P<name>[^\W\d]\w*)
      | (?P<operator>==|!=|<=|>=|//|[-+~/%.,:|()\[\]<>])
    )""",
    re.VERBOSE | re.DOTALL,
)
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_CONSTANTS = frozenset({"true", "false", "none", "True", "False", "None"})
_KEYWORDS = frozenset({"and", "or", "not", "in", "is", "if", "else"})
_STATEMENTS = ("if", "elif", "else", "endif", "for", "endfor")
_ONLY_CONSTANTS = "a list in an expression holds constants: write lists in `parameters`"
_RESERVED = ROOTS | _CONSTANTS | _KEYWORDS | frozenset({"loop", *FUNCTIONS})


class Refused(Exception):
    """Why a text is no template; for people."""


@dataclass(frozen=True, slots=True)
class Path:
    """A look-up such as `context.customer.name`, and where it stands in the text, in bytes."""

    steps: tuple[str | int, ...]
    start: int
    end: int

    def __str__(self) -> str:
        rest = (f".{s}" if isinstance(s, str) else f"[{s}]" for s in self.steps[1:])
        return f"{self.steps[0]}{''.join(rest)}"


@dataclass(frozen=True, slots=True)
class Source:
    """A text of a template that passed."""

    text: str
    whole: bool
    """It is one `{{ expression }}` and nothing else: its value keeps its type."""
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def is_constant(text: str) -> bool:
    return _OPEN.search(text) is None


def read_text(text: str) -> Source:
    """
    Raises:
        Refused: it is not written in the language.
    """
    reader = _Reader(text)
    blocks = reader.blocks()
    whole = text.startswith("{{") and blocks == [(0, len(text))]
    return Source(text, whole, tuple(reader.paths))


def read_expression(text: str) -> Source:
    """A bare expression, such as a condition; as the text that holds it alone.

    Raises:
        Refused: it is not written in the language.
    """
    if _BRACES.search(text):
        raise Refused("a condition is an expression without `{{ }}` or `{% %}`")
    source = read_text(f"{{{{ {text} }}}}")
    if not source.whole:
        raise Refused("a condition is one expression")
    return source


@dataclass(slots=True)
class _Reader:
    source: str
    paths: list[Path] = field(default_factory=list)
    _scopes: list[frozenset[str]] = field(default_factory=list)
    """The names each loop around us gives."""
    _tokens_left: int = MOST_TOKENS
    _concatenations: int = 0

    def blocks(self) -> list[tuple[int, int]]:
        """Where each block stands."""
        if len(self.source) > MOST_SOURCE:
            raise Refused(f"a text is at most {MOST_SOURCE} characters long")
        if any("\ud800" <= sign <= "\udfff" for sign in self.source):
            raise Refused("a text holds half a surrogate pair")
        found: list[tuple[int, int]] = []
        position = 0
        while (opening := _OPEN.search(self.source, position)) is not None:
            if opening.group() == "{#":
                position = self._after_comment(opening.end())
            else:
                closing = "}}" if opening.group() == "{{" else "%}"
                tokens, position = self._tokens(opening.end(), closing)
                if closing == "}}":
                    self._expression(tokens, spare_ifs=0)
                else:
                    self._statement(tokens)
            found.append((opening.start(), position))
        return found

    def _after_comment(self, start: int) -> int:
        end = self.source.find("#}", start)
        if end < 0:
            raise Refused("a comment is not closed")
        return end + 2

    def _tokens(self, position: int, closing: str) -> tuple[list[_Token], int]:
        tokens: list[_Token] = []
        while True:
            rest = len(self.source) - len(self.source[position:].lstrip())
            if self.source.startswith(closing, rest):
                return tokens, rest + 2
            match = _TOKEN.match(self.source, position)
            if match is None or match.lastgroup is None:
                raise Refused(self._unexpected(rest, closing))
            kind = match.lastgroup
            tokens.append(_Token(kind, match.group(kind), match.start(kind), match.end(kind)))
            self._tokens_left -= 1
            if self._tokens_left < 0:
                raise Refused(f"a text has at most {MOST_TOKENS} words and signs in its blocks")
            if kind == "text" and _BRACES.search(match.group(kind)):
                raise Refused("a quoted text inside a block holds no `{{`, `{%` or `{#`")
            position = match.end()

    def _unexpected(self, position: int, closing: str) -> str:
        sign = self.source[position : position + 1]
        if not sign:
            return f"a block is not closed by `{closing}`"
        if sign == "*":
            return "`*` is not offered, since it also repeats texts: say `multiply(a, b)`"
        return f"`{sign}` has no place in an expression"

    def _statement(self, tokens: Sequence[_Token]) -> None:
        marked = bool(tokens) and tokens[0].text in "+-"
        name = tokens[marked].text if len(tokens) > marked else ""
        rest = tokens[marked + 1 :]
        if name not in _STATEMENTS:
            raise Refused(f"`{name}` is not offered: only {', '.join(_STATEMENTS)}")
        if name == "endfor":
            if not self._scopes:
                raise Refused("`endfor` without `for`")
            self._scopes.pop()
        if name == "for":
            self._loop(rest)
        else:
            self._expression(rest, spare_ifs=0)

    def _loop(self, tokens: Sequence[_Token]) -> None:
        if len(self._scopes) == MOST_LOOPS:
            raise Refused(f"at most {MOST_LOOPS} loops stand within one another")
        at = next((i for i, token in enumerate(tokens) if token.text == "in"), 0)
        names = [token.text for token in tokens[:at] if token.kind == "name"]
        if not names or any(token.text not in (*names, ",") for token in tokens[:at]):
            raise Refused("a loop is `for name in list`")
        if taken := _RESERVED.intersection(names):
            raise Refused(f"a loop cannot name its item `{min(taken)}`")
        self._scopes.append(frozenset({*names, "loop"}))
        self._expression(tokens[at + 1 :], spare_ifs=1)

    def _expression(self, tokens: Sequence[_Token], spare_ifs: int) -> None:
        words = [token.text for token in tokens]
        spare = words.count("if") - words.count("else")
        if spare > spare_ifs:
            # Without it the engine gives nothing at all, and says so to nobody.
            raise Refused("`a if b` needs its `else`")
        self._concatenations += words.count("+") + words.count("~")
        if self._concatenations > MOST_CONCATENATIONS:
            raise Refused(f"a text has at most {MOST_CONCATENATIONS} `+` and `~`")
        open_brackets: list[str] = []
        for i, token in enumerate(tokens):
            before = tokens[i - 1] if i else None
            after = words[i + 1] if i + 1 < len(words) else ""
            self._sign(token, before, open_brackets)
            if token.kind == "name":
                self._name(tokens, i, after)

    def _sign(self, token: _Token, before: _Token | None, open_brackets: list[str]) -> None:
        """Brackets: what they are for, and what may stand in them."""
        around = open_brackets[-1] if open_brackets else ""
        if token.text in ("(", "["):
            bracket = _bracket(token, before)
            if around == "list" and bracket != "list":
                raise Refused(_ONLY_CONSTANTS)
            open_brackets.append(bracket)
            if len(open_brackets) > MOST_BRACKETS:
                raise Refused(f"at most {MOST_BRACKETS} brackets stand within one another")
        elif token.text in (")", "]"):
            if open_brackets:
                open_brackets.pop()
        elif around == "list":
            # What is undefined would stand in it as null, and nobody would be told.
            if token.kind not in ("text", "number") and token.text not in (",", "-", *_CONSTANTS):
                raise Refused(_ONLY_CONSTANTS)
        elif around == "group" and token.text == ",":
            raise Refused("`(a, b)` is not offered: say `[a, b]` with constants")

    def _name(self, tokens: Sequence[_Token], i: int, after: str) -> None:
        name = tokens[i].text
        before = tokens[i - 1].text if i else ""
        is_not = before == "not" and i > 1 and tokens[i - 2].text == "is"
        if before == ".":
            if name.startswith("_") or after == "(":
                raise Refused(f"`.{name}` is not offered: only the names of JSON objects are")
        elif before == "|":
            if name not in FILTER_NAMES:
                raise Refused(f"there is no filter `{name}`")
        elif is_not or (before == "is" and name != "not"):
            if name not in TEST_NAMES:
                raise Refused(f"there is no test `{name}`")
        elif name in FUNCTIONS:
            if after != "(":
                raise Refused(f"`{name}` is a function: call it")
        elif name not in _CONSTANTS and name not in _KEYWORDS:
            self._variable(tokens, i, after)

    def _variable(self, tokens: Sequence[_Token], i: int, after: str) -> None:
        name = tokens[i].text
        if after == "(":
            raise Refused(f"there is no function `{name}`")
        if any(name in scope for scope in self._scopes):
            return
        if name not in ROOTS:
            raise Refused(f"there is no variable `{name}`")
        steps, last = _steps(tokens, i)
        start = len(self.source[: tokens[i].start].encode())
        end = len(self.source[: last.end].encode())
        self.paths.append(Path((name, *steps), start, end))


def _bracket(token: _Token, before: _Token | None) -> str:
    """What an opening bracket opens: `group`, `call`, `index` or `list`."""
    value = before is not None and (
        before.kind in ("text", "number")
        or before.text in (")", "]", *_CONSTANTS)
        or (before.kind == "name" and before.text not in _KEYWORDS)
    )
    if token.text == "[":
        return "index" if value else "list"
    if not value:
        return "group"
    if before is None or before.kind != "name" or before.text in _CONSTANTS:
        raise Refused(f"only {', '.join(sorted(FUNCTIONS))} can be called")
    # Which names can be, `_name` has looked at.
    return "call"


def _steps(tokens: Sequence[_Token], i: int) -> tuple[list[str | int], _Token]:
    """What follows a variable, as far as it is written out: `.name`, `['name']`, `[0]`."""
    steps: list[str | int] = []
    at = i + 1
    while at + 1 < len(tokens):
        token, following = tokens[at], tokens[at + 1]
        if token.text == "." and following.kind == "name":
            steps.append(following.text)
            at += 2
        elif token.text == "[" and at + 2 < len(tokens) and tokens[at + 2].text == "]":
            if following.kind == "text" and "\\" not in following.text:
                steps.append(following.text[1:-1])
            elif following.kind == "number" and following.text.isdigit():
                steps.append(int(following.text))
            else:
                break
            at += 3
        else:
            break
    return steps, tokens[at - 1]
