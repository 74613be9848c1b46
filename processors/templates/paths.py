"""Look-ups as a text writes them, so that what is missing can be named."""

from collections.abc import Sequence
from dataclasses import dataclass

from processors.templates.tokens import Token


@dataclass(frozen=True, slots=True)
class Path:
    """A look-up such as `context.customer.name`, and where it stands in the text, in bytes."""

    steps: tuple[str | int, ...]
    start: int
    end: int

    def __str__(self) -> str:
        rest = (f".{s}" if isinstance(s, str) else f"[{s}]" for s in self.steps[1:])
        return f"{self.steps[0]}{''.join(rest)}"


def path_at(source: str, tokens: Sequence[Token], i: int) -> Path:
    """The look-up that begins with the variable at `i`."""
    steps, last = _steps(tokens, i)
    start = len(source[: tokens[i].start].encode())
    return Path((tokens[i].text, *steps), start, len(source[: last.end].encode()))


def _steps(tokens: Sequence[Token], i: int) -> tuple[list[str | int], Token]:
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
