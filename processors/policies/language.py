"""CEL as far as policies offer it: conditions read and checked, and evaluated without raising.

The library (Google's C++ runtime) bounds an evaluation at 10,000 turns of all loops together and
an expression at 32 levels; regular expressions are RE2. What it does not bound is done here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NewType, Protocol

from cel_expr_python import cel

from processors.policies.variables import FIXED, VARIABLES, Origin

MOST_SUMS = 8
"""Of `+`: each can double a text or a list, and a chain of loops would go on doubling."""

Activation = NewType("Activation", object)


class Expression(Protocol):
    """A compiled condition, as far as it is used here: the library has no types of its own."""

    def eval(self, *, activation: Activation) -> Any: ...

    def return_type(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class ConditionProblem:
    """What keeps a condition from being read; line and column count from 1 in its text."""

    text: str
    line: int = 1
    column: int = 1


_EVERYTHING = cel.NewEnv(variables={name: type_ for name, (type_, _) in VARIABLES.items()})
_NOT_UPSTREAM = cel.NewEnv(
    variables={
        name: type_ for name, (type_, origin) in VARIABLES.items() if origin is not Origin.UPSTREAM
    }
)
_PLACE = re.compile(r"<input>:(-?\d+):(-?\d+): ([^\n]*)")
# Texts (raw ones, three-quoted ones) and comments: nothing in them is an operator.
_TEXTS = re.compile(
    r"""[rRbB]{0,2}(?:\"\"\"(?:\\.|.)*?\"\"\"|'''(?:\\.|.)*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"|//[^\n]*",
    re.DOTALL,
)
_NOISE = re.compile(r"^[A-Z_]+: (?:ERROR: )?| \(in container ''\)|\s*\[[A-Z_]+\]$")
_HAS = re.compile(r"\bhas\s*\(([\w\s.]+)\)")


def read_condition(text: str, *, allows: bool) -> Expression | ConditionProblem:
    """The condition compiled.

    Args:
        allows: of a rule that allows, which cannot look at what upstream says.
    """
    if (problem := _own_rules(text)) is not None:
        return problem
    try:
        expression: Expression = _EVERYTHING.compile(text)
    except (RuntimeError, ValueError) as error:  # ValueError: half a surrogate pair
        return _problem(error)
    if expression.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        return ConditionProblem(f"gives {expression.return_type().name()}, not true or false")
    if allows:
        try:
            _NOT_UPSTREAM.compile(text)
        except RuntimeError as error:
            at = _problem(error)
            why = "a rule that allows cannot look at what upstream says (tenant.ctx, user, context)"
            return ConditionProblem(why, at.line, at.column)
    return expression


def variables_of(text: str) -> frozenset[str]:
    """The variables that a condition which was read may look at.

    A name can be written in many ways (`action . type`), so what is found in the text is put to
    the proof: without all other variables the condition still compiles. Else it is all of them.
    """
    found = {name: type_ for name, (type_, _) in VARIABLES.items() if name in text}
    try:
        cel.NewEnv(variables=found).compile(text)
    except RuntimeError:
        return frozenset(VARIABLES)
    return frozenset(found)


def activation(values: Mapping[str, object]) -> Activation:
    """Values by variable, converted once for every condition evaluated with it."""
    return Activation(_EVERYTHING.Activation(values))


def evaluate(expression: Expression, values: Activation) -> bool | str:
    """True or false; a text says why it is neither."""
    try:
        value = expression.eval(activation=values)
    except RuntimeError as error:  # the budget of loops; a text that is no Unicode
        return _one_line(error)
    result = value.value()
    # An error's value is its text, which counts as true: only the two booleans are believed.
    if result is True or result is False:
        return bool(result)
    if value.type() == cel.Type.ERROR:
        return _one_line(result)
    return f"gives {value.type().name()}, not true or false"


def shown(expression: Expression, values: Activation) -> object:
    """Whatever it gives, for people; an error as its text."""
    try:
        value = expression.eval(activation=values)
        if value.type() == cel.Type.ERROR:
            return _one_line(value.value())
        plain: object = value.plain_value()
    except RuntimeError as error:
        return _one_line(error)
    return plain


def read_part(text: str) -> Expression | None:
    """A piece of a condition by itself, of any type; None when it says nothing alone."""
    try:
        part: Expression = _EVERYTHING.compile(text)
    except RuntimeError:
        return None
    return part


def masked(text: str) -> str:
    """The text with what stands in quotes and comments blanked out, as long as before."""
    return _TEXTS.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def _own_rules(text: str) -> ConditionProblem | None:
    code = masked(text)
    if code.count("+") > MOST_SUMS:
        return ConditionProblem(f"more than {MOST_SUMS} additions")
    for found in _HAS.finditer(code):
        name = "".join(found.group(1).split())
        if name in FIXED:
            # CEL would take the variable's own value for the answer.
            before = code[: found.start()]
            line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
            return ConditionProblem(f"`{name}` is always there: no has()", line, column)
    return None


def _problem(error: Exception) -> ConditionProblem:
    found = _PLACE.search(str(error))
    if found is None:
        return ConditionProblem(_one_line(error))
    line, column = (max(1, int(group)) for group in found.group(1, 2))
    return ConditionProblem(_one_line(error), line, column)


def _one_line(said: object) -> str:
    text = str(said)
    placed = _PLACE.search(text)
    line = placed.group(3) if placed else text.partition("\n")[0]
    return _NOISE.sub("", line)[:300]
