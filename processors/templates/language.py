"""The part of Jinja that templates are written in, checked before the engine sees a text.

The engine offers more than is safe here: macros that call themselves, `set` that doubles a
text until memory ends, `"x" * n` with the model's own `n`, methods of Python objects. So
whatever is not on the lists is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from processors.templates.functions import FILTER_NAMES, FUNCTIONS, TEST_NAMES
from processors.templates.inputs import ROOTS
from processors.templates.paths import Path, path_at
from processors.templates.tokens import BRACES, OPENING, Block, Refused, Token, blocks

MOST_CONCATENATIONS = 16
"""`+` and `~` of one text: in two nested loops they multiply what is given at most by 81."""
MOST_LOOPS = 2
"""Loops within one another."""
MOST_BRACKETS = 16

_CONSTANTS = frozenset({"true", "false", "none", "True", "False", "None"})
_KEYWORDS = frozenset({"and", "or", "not", "in", "is", "if", "else"})
_STATEMENTS = ("if", "elif", "else", "endif", "for", "endfor")
_ONLY_CONSTANTS = "a list in an expression holds constants: write lists in `parameters`"
_RESERVED = frozenset({*ROOTS, *_CONSTANTS, *_KEYWORDS, *FUNCTIONS, "loop"})


@dataclass(frozen=True, slots=True)
class Source:
    """A text of a template that passed."""

    text: str
    whole: bool
    """It is one `{{ expression }}` and nothing else: its value keeps its type."""
    paths: tuple[Path, ...]


def is_constant(text: str) -> bool:
    return OPENING.search(text) is None


def read_text(text: str) -> Source:
    """
    Raises:
        Refused: it is not written in the language.
    """
    reader = _Reader(text)
    found = list(blocks(text))
    for block in found:
        reader.read(block)
    whole = len(found) == 1 and found[0].opening == "{{" and len(text) == found[0].end
    return Source(text, whole and found[0].start == 0, tuple(reader.paths))


def read_expression(text: str) -> Source:
    """A bare expression, such as a condition; as the text that holds it alone.

    Raises:
        Refused: it is not written in the language.
    """
    if BRACES.search(text):
        raise Refused("a condition is an expression without `{{ }}` or `{% %}`")
    source = read_text(f"{{{{ {text} }}}}")
    if not source.whole:
        raise Refused("a condition is one expression")
    return source


@dataclass(slots=True)
class _Bracket:
    use: str
    """What it opens: `group`, `call`, `index` or `list`."""
    colons: int = 0


@dataclass(slots=True)
class _Reader:
    source: str
    paths: list[Path] = field(default_factory=list)
    _scopes: list[frozenset[str]] = field(default_factory=list)
    """The names each loop around us gives."""
    _concatenations: int = 0

    def read(self, block: Block) -> None:
        if block.opening == "{{":
            self._expression(block.tokens, spare_ifs=0)
        elif block.opening == "{%":
            self._statement(block.tokens)

    def _statement(self, tokens: Sequence[Token]) -> None:
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

    def _loop(self, tokens: Sequence[Token]) -> None:
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

    def _expression(self, tokens: Sequence[Token], spare_ifs: int) -> None:
        words = [token.text for token in tokens]
        spare = words.count("if") - words.count("else")
        if spare > spare_ifs:
            # Without it the engine gives nothing at all, and says so to nobody.
            raise Refused("`a if b` needs its `else`")
        self._concatenations += words.count("+") + words.count("~")
        if self._concatenations > MOST_CONCATENATIONS:
            raise Refused(f"a text has at most {MOST_CONCATENATIONS} `+` and `~`")
        open_brackets: list[_Bracket] = []
        for i, token in enumerate(tokens):
            before = tokens[i - 1] if i else None
            after = words[i + 1] if i + 1 < len(words) else ""
            self._sign(token, before, open_brackets)
            if token.kind == "name":
                self._name(tokens, i, after)

    def _sign(self, token: Token, before: Token | None, open_brackets: list[_Bracket]) -> None:
        """Brackets: what they are for, and what may stand in them."""
        around = open_brackets[-1].use if open_brackets else ""
        if token.text in ("(", "["):
            bracket = _bracket(token, before)
            if around == "list" and bracket != "list":
                raise Refused(_ONLY_CONSTANTS)
            open_brackets.append(_Bracket(bracket))
            if len(open_brackets) > MOST_BRACKETS:
                raise Refused(f"at most {MOST_BRACKETS} brackets stand within one another")
        elif token.text in (")", "]"):
            if open_brackets:
                open_brackets.pop()
        elif token.text == ":" and around == "index":
            open_brackets[-1].colons += 1
            if open_brackets[-1].colons > 1:
                # The engine panics over a step backwards through what is empty.
                raise Refused("a slice has no step: say `[from:to]`")
        elif around == "list":
            # What is undefined would stand in it as null, and nobody would be told.
            if token.kind not in ("text", "number") and token.text not in (",", "-", *_CONSTANTS):
                raise Refused(_ONLY_CONSTANTS)
        elif around == "group" and token.text == ",":
            raise Refused("`(a, b)` is not offered: say `[a, b]` with constants")

    def _name(self, tokens: Sequence[Token], i: int, after: str) -> None:
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

    def _variable(self, tokens: Sequence[Token], i: int, after: str) -> None:
        name = tokens[i].text
        if after == "(":
            raise Refused(f"there is no function `{name}`")
        if any(name in scope for scope in self._scopes):
            return
        if name not in ROOTS:
            raise Refused(f"there is no variable `{name}`")
        self.paths.append(path_at(self.source, tokens, i))


def _bracket(token: Token, before: Token | None) -> str:
    """What an opening bracket opens."""
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
