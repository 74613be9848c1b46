"""JSON into the engine and out of it again.

The engine looks a missing key up as a Python attribute, so a plain dict would answer
`context.items` or `context.pop` with its own methods. These copies have no attributes, and
being copies, nothing done to them reaches the response.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Literal

from pydantic import JsonValue

from processors.templates.failures import INPUT_UNUSABLE, NOT_JSON, TOO_COSTLY, TemplateFailure

Root = Literal["thought", "output", "params", "context", "user", "tenant", "match"]

MOST_CHARACTERS = 10_000
"""Of one text a template gives."""
MOST_INPUT_CHARACTERS = 200_000
MOST_VALUES = 10_000
"""Of the inputs one template uses, and of one value it gives."""
DEEPEST = 32
_INT64 = range(-(2**63), 2**63)


class _Attributeless:
    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        # The engine asks for the class to know a list; its own rules keep it from templates.
        if name == "__class__":
            return object.__getattribute__(self, name)
        raise AttributeError(name)


class FrozenObject(_Attributeless, dict[str, Any]):
    __slots__ = ()


class FrozenList(_Attributeless, list[Any]):
    __slots__ = ()


class Intake:
    """Copies the inputs of one expansion, counting."""

    def __init__(self) -> None:
        self._characters = MOST_INPUT_CHARACTERS
        self._values = MOST_VALUES

    def copy(self, value: JsonValue, name: str, depth: int = 0) -> Any:
        """
        Raises:
            TemplateFailure: too large, too deep, or no JSON.
        """
        self._values -= 1
        if self._values < 0:
            raise TemplateFailure(TOO_COSTLY, f"`{name}` holds more than {MOST_VALUES} values")
        if isinstance(value, str):
            return self._text(value, name)
        if value is None or isinstance(value, bool | int | float):
            return value
        if depth >= DEEPEST:
            raise TemplateFailure(INPUT_UNUSABLE, f"`{name}` is deeper than {DEEPEST} levels")
        if isinstance(value, dict):
            return FrozenObject(
                (self._text(key, name), self.copy(item, name, depth + 1))
                for key, item in value.items()
            )
        if isinstance(value, list):
            return FrozenList([self.copy(item, name, depth + 1) for item in value])
        raise TemplateFailure(INPUT_UNUSABLE, f"`{name}` holds what is no JSON")

    def _text(self, text: str, name: str) -> str:
        self._characters -= len(text)
        if self._characters < 0:
            reason = f"`{name}` is longer than {MOST_INPUT_CHARACTERS} characters"
            raise TemplateFailure(TOO_COSTLY, reason)
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                # The engine would put another character in its place.
                reason = f"`{name}` holds half a surrogate pair"
                raise TemplateFailure(INPUT_UNUSABLE, reason) from None
        return text


def to_json(value: object) -> JsonValue:
    """A value of the engine as plain JSON.

    Raises:
        TemplateFailure: it is none, or too large.
    """
    return _Outlet().copy(value, 0)


class _Outlet:
    def __init__(self) -> None:
        self._values = MOST_VALUES

    def copy(self, value: object, depth: int) -> JsonValue:
        self._values -= 1
        if self._values < 0 or depth > DEEPEST:
            raise TemplateFailure(TOO_COSTLY, "the value is too large or too deep")
        if value is None or isinstance(value, bool | int | float | str):
            return scalar(value)
        if isinstance(value, Mapping):
            copied: dict[str, JsonValue] = {}
            for key in value:
                if not isinstance(key, str):
                    raise TemplateFailure(NOT_JSON, "an object's names are texts")
                copied[str(scalar(key))] = self.copy(value[key], depth + 1)
            return copied
        if isinstance(value, list | tuple):
            return [self.copy(item, depth + 1) for item in value]
        raise TemplateFailure(NOT_JSON, f"a {type(value).__name__} is no JSON")


def scalar(value: bool | int | float | str | None) -> bool | int | float | str | None:
    """
    Raises:
        TemplateFailure: a number that is not finite or beyond 64 bits, a text too long.
    """
    if isinstance(value, str):
        if len(value) > MOST_CHARACTERS:
            raise TemplateFailure(TOO_COSTLY, f"the text is longer than {MOST_CHARACTERS}")
        return str(value)
    if isinstance(value, float) and not isfinite(value):
        raise TemplateFailure(NOT_JSON, "the number is not finite")
    if isinstance(value, int) and not isinstance(value, bool) and value not in _INT64:
        raise TemplateFailure(NOT_JSON, "the number does not fit in 64 bits")
    return value
