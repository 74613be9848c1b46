"""Nearly JSON, read token by token and written again as JSON.

What is written again: other quotes, names without quotes, Python's words, comments, a comma too
many or missing, line breaks and stray backslashes in texts, brackets missing at the end. All else
is refused, above all what could be read in two ways: a value without quotes, a text that was
never closed, a number that may go on. Each token of the source becomes one token, in its order,
so nothing is lost and nothing is added; whether they make a value, a strict reader says.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from processors.formats.confidence import KEYS

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|“(?:[^“”\\]|\\.)*+”)(?=[\s,:}\]/\#]|\Z)
    |(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?=[\s,}\]/\#]|\Z)
    |(?P<word>-?[^\W\d][\w$-]*)(?=[\s,:}\]/\#]|\Z)
    |(?P<mark>[{}\[\]:,])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"""\\(?:u[0-9a-fA-F]{4}|.)""", re.DOTALL)
_TO_ESCAPE = re.compile(_ESCAPE.pattern + r"""|[\x00-\x1f"]""", re.DOTALL)
_ESCAPED = "\"'\\/bfnrt"
"""What a backslash may stand before; before anything else it is a backslash."""
_STRUCTURE = re.compile(r"""["“”]\s*[:,}\]]""")
_WORDS = {"true": "true", "false": "false", "null": "null", "none": "null"}
_NOT_GIVEN = ("nan", "infinity", "-infinity", "inf", "-inf")
_CLOSING = {"{": "}", "[": "]"}
_AFTER_VALUE = ("text", "number", "word", "close")


class Unsound(Exception):
    """Why a source is not taken for JSON."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    strict: str
    """The JSON that the source stands for."""
    bare: str
    """The source without what JSON has no place for: comments, and NaN as a confidence."""


@dataclass(slots=True)
class _Token:
    kind: str
    """`text`, `number`, `word`, `key`, `open`, `close`, `:` or `,`."""
    source: str
    strict: str
    spaced: bool
    """White space or a comment stands before it."""


def rewritten(source: str) -> Rewritten:
    """The source as strict JSON.

    Raises:
        Unsound: it is cut off, ambiguous, or not near JSON at all.
    """
    tokens, commented = _tokens(source)
    _name_keys(tokens)
    strict: list[str] = []
    bare: list[str] = []
    opened: list[str] = []
    for i, token in enumerate(tokens):
        last = tokens[i - 1] if i else None
        following = tokens[i + 1].kind if i + 1 < len(tokens) else None
        if i and not opened:
            raise Unsound("text follows the value")
        if last is not None and _lacks_comma(last, token):
            strict.append(",")
        if token.kind == "word":
            token.strict, token.source = _word(token, tokens[i - 2] if i > 1 else None)
        elif token.kind == "open":
            opened.append(_CLOSING[token.source])
        elif token.kind == "close" and (not opened or opened.pop() != token.source):
            raise Unsound("brackets do not match")
        is_trailing = token.kind == "," and following == "close"
        if not (is_trailing and last is not None and last.kind in _AFTER_VALUE):
            strict.append(token.strict)
        bare.append(f" {token.source}" if token.spaced else token.source)
    if commented and not opened:
        raise Unsound("text follows the value")
    if opened and (commented or tokens[-1].kind not in ("text", "word", "close")):
        raise Unsound("it is cut off")
    return Rewritten(" ".join(strict + opened[::-1]), "".join(bare))


def _tokens(source: str) -> tuple[list[_Token], bool]:
    """The tokens, and whether a comment is the last thing in the source."""
    tokens: list[_Token] = []
    at, spaced, commented = 0, False, False
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise Unsound(f"text without quotes, or a text that is not closed, character {at}")
        kind, raw = match.lastgroup or "", match.group()
        at = match.end()
        if kind == "space":
            spaced, commented = True, commented or not raw.isspace()
            if commented and not tokens:
                raise Unsound("text stands before the value")
            continue
        if kind == "mark":
            kind = "open" if raw in "{[" else "close" if raw in "}]" else raw
        tokens.append(_Token(kind, raw, _quoted(raw) if kind == "text" else raw, spaced))
        spaced = commented = False
    if not tokens or tokens[0].kind != "open":
        raise Unsound("it is no object and no list")
    return tokens, commented


def _name_keys(tokens: list[_Token]) -> None:
    """What stands before a colon is a name, and may do without quotes there."""
    for token, following in pairwise(tokens):
        if following.kind != ":":
            continue
        if token.kind == "word":
            if token.source.lower() in _WORDS or token.source[0] == "-":
                raise Unsound("what stands for a name is none")
            token.strict = f'"{token.source}"'
        if token.kind in ("word", "text"):
            token.kind = "key"


def _lacks_comma(last: _Token, token: _Token) -> bool:
    """A comma can only be missing where no value can be meant to go on: before a name, and
    between one bracketed value and the next."""
    if token.kind == "key":
        return last.kind in _AFTER_VALUE
    return last.kind == "close" and token.kind == "open"


def _word(token: _Token, key: _Token | None) -> tuple[str, str]:
    """A word in value's place: as JSON has it, and as the source may keep it."""
    word = token.source.lower()
    if word in _WORDS:
        return _WORDS[word], token.source
    is_confidence = key is not None and key.kind == "key" and key.strict.strip('"') in KEYS
    if word in _NOT_GIVEN and is_confidence:
        return "null", "null"
    raise Unsound(f"a value without quotes: {token.source[:40]!a}")


def _quoted(raw: str) -> str:
    """A text in any quotes as JSON has it."""
    inner = raw[1:-1]
    if raw[0] != '"' and _STRUCTURE.search(inner):
        raise Unsound("a text holds what may be the end of it")
    escapes = set(_ESCAPE.findall(inner)) if "\\" in inner else set()
    stray = {escape for escape in escapes if len(escape) == 2 and escape[1] not in _ESCAPED}
    if stray and any(escape[1] in "bfnrtu" for escape in escapes - stray):
        raise Unsound("some backslashes of a text escape and some do not")
    return f'"{_TO_ESCAPE.sub(_escaped, inner)}"'


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    character = found[-1]
    if character == "\x00" or (len(found) == 2 and character < " "):
        raise Unsound("a text holds NUL, or a backslash before a line break")
    if len(found) == 1:
        return '\\"' if found == '"' else f"\\u{ord(found):04x}"
    if character == "'":
        return "'"
    return found if len(found) > 2 or character in _ESCAPED else "\\" + found
