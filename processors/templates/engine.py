"""The texts of one template in minijinja, compiled once.

What the engine cannot be asked for is done around it: the size of a text, values that keep
their types, and which variable was undefined.
"""

from collections.abc import Callable, Mapping
from typing import Any

import minijinja
import orjson
from pydantic import JsonValue

from processors.templates.failures import (
    FAILED,
    TOO_COSTLY,
    UNDEFINED,
    NothingGiven,
    TemplateFailure,
)
from processors.templates.functions import FILTERS, FUNCTIONS, TESTS
from processors.templates.kinds import as_text
from processors.templates.language import Source
from processors.templates.paths import Path
from processors.templates.tokens import Refused
from processors.templates.values import MOST_CHARACTERS, to_json

FUEL = 5_000
"""Instructions of the engine for one text: some 1,500 turns of a loop."""

_ENDS = (KeyboardInterrupt, SystemExit)
"""What ends the process. Anything else the engine fails over, a panic of it too, which is no
`Exception`, is the template's failure."""

Roots = Mapping[str, Any]
"""Copies made by `values.Intake`."""


class Engine:
    """Texts are added while the template is compiled and known by their number afterwards.

    Rendering keeps nothing, so threads may share it.
    """

    def __init__(self) -> None:
        self._texts = _environment(as_text)
        # A value's text is its JSON: so it comes through the engine with its type.
        self._values = _environment(lambda value: orjson.dumps(to_json(value)).decode())
        self._sources: list[Source] = []

    def add(self, source: Source) -> int:
        """
        Raises:
            Refused: the engine cannot compile it.
        """
        number = len(self._sources)
        environment = self._values if source.whole else self._texts
        try:
            environment.add_template(str(number), source.text)
        except minijinja.TemplateError as error:
            raise Refused(error.detail or error.message) from None
        except _ENDS:
            raise
        except BaseException as error:
            raise Refused(f"the engine fails over it: {type(error).__name__}") from None
        self._sources.append(source)
        return number

    def render(self, number: int, roots: Roots) -> JsonValue:
        """
        Raises:
            TemplateFailure: why it gives nothing.
        """
        source = self._sources[number]
        environment = self._values if source.whole else self._texts
        try:
            text = environment.render_template(str(number), **roots)
        except minijinja.TemplateError as error:
            raise _failure(error, source, roots) from None
        except NothingGiven as nothing:
            if (path := _undefined(source.paths, roots, None)) is not None:
                raise _missing(path) from None
            raise nothing from None
        except TypeError:
            raise TemplateFailure(FAILED, "a filter or function has the wrong arguments") from None
        except (TemplateFailure, *_ENDS):
            raise
        except BaseException as error:
            raise TemplateFailure(FAILED, f"the engine fails: {type(error).__name__}") from None
        if source.whole:
            value: JsonValue = orjson.loads(text)
            return value
        if len(text) > MOST_CHARACTERS:
            raise TemplateFailure(TOO_COSTLY, f"the text is longer than {MOST_CHARACTERS}")
        return text


def _environment(finalizer: Callable[[Any], str]) -> minijinja.Environment:
    environment = minijinja.Environment(
        debug=False,
        fuel=FUEL,
        undefined_behavior="strict",
        # JSON, not HTML.
        auto_escape_callback=lambda name: False,
        keep_trailing_newline=True,
        finalizer=finalizer,
        pycompat=False,
    )
    for name in list(environment.globals):
        environment.remove_global(name)
    for name, function in FUNCTIONS.items():
        environment.add_global(name, function)
    for name, filter_ in FILTERS.items():
        environment.add_filter(name, filter_)
    for name, test in TESTS.items():
        environment.add_test(name, test)
    return environment


def _failure(error: minijinja.TemplateError, source: Source, roots: Roots) -> TemplateFailure:
    if error.kind == "UndefinedError":
        path = _undefined(source.paths, roots, error.range)
        if path is None:
            return TemplateFailure(UNDEFINED, "something in a loop or a filter is undefined")
        return _missing(path)
    if error.kind == "OutOfFuel":
        return TemplateFailure(TOO_COSTLY, "it takes too many steps")
    return TemplateFailure(FAILED, error.detail or error.message)


def _missing(path: Path) -> TemplateFailure:
    return TemplateFailure(UNDEFINED, f"there is no `{path}`", str(path))


def _undefined(paths: tuple[Path, ...], roots: Roots, near: tuple[int, int] | None) -> Path | None:
    """The look-up that failed: the first missing one where the engine stopped, else the first."""
    missing = [path for path in paths if _is_missing(path, roots)]
    for path in missing:
        if near is not None and path.start < near[1] and near[0] < path.end:
            return path
    return missing[0] if missing else None


def _is_missing(path: Path, roots: Roots) -> bool:
    value: Any = roots
    for step in path.steps:
        named = isinstance(step, str) and isinstance(value, Mapping) and step in value
        placed = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if not named and not placed:
            return True
        value = value[step]
    return False
