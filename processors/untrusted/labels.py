"""The labels of an action whose parameters come from untrusted texts."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from processors.labels import UNTRUSTED
from processors.pointers import escaped
from processors.untrusted.marks import EVERYTHING, PARAMS, REFS, Marks, read_marks
from processors.untrusted.marks import MOST_CHARACTERS as MOST_IN_TEXTS
from processors.untrusted.occurrence import Texts, texts_of
from processors.untrusted.written import written
from schemas.continuation import continued
from schemas.events import Drafted, JsonObject

MOST_CHARACTERS = 50_000
"""Of all parameters together; more is not looked at, and counts as untrusted."""
MOST_COMPARED = 4_000_000
"""Characters of the texts, times the values that are looked for; the same holds for more."""
MOST_IN_A_BATCH = 1_000_000_000
"""Compared characters of all actions that are looked at together: some 5 s, measured. No others
move meanwhile, so the dearest ones are not looked at once it is used up."""
_MADE_READY = 100
"""Compared characters that one takes that is made ready, of a text or of a value."""
_MOST_NAMED = 100
_LONGEST_NAME = 64


def untrusted_labels(params: JsonObject, context: Mapping[str, JsonValue]) -> list[str]:
    """`untrusted`, and `untrusted:/name` for each parameter that can be named; empty when nothing
    comes from an untrusted text as far as can be told."""
    return _labels(params, _looked_at(params, context)[0])


def with_untrusted_labels(action: Drafted) -> Drafted:
    """The action with these labels beside those it has: what was once labelled stays so, whoever
    changes its parameters."""
    return all_with_untrusted_labels([action])[0]


def all_with_untrusted_labels(actions: Sequence[Drafted]) -> list[Drafted]:
    """The same of many, in order, in a bounded time for all: one that costs more than the others
    left over counts as untrusted as a whole."""
    looks = [_looked_at(action.params, action.context) for action in actions]
    left = MOST_IN_A_BATCH
    marks = [found for found, _ in looks]
    # The cheapest first, so that one action that is made to be dear does not crowd out others.
    for place in sorted(range(len(looks)), key=lambda place: looks[place][1]):
        left -= looks[place][1]
        if left < 0:
            marks[place] = EVERYTHING
    return [_with_labels(action, found) for action, found in zip(actions, marks, strict=True)]


def _with_labels(action: Drafted, marks: Marks) -> Drafted:
    if REFS not in action.context and PARAMS not in action.context:
        return action
    new = [label for label in _labels(action.params, marks) if label not in action.labels]
    if not new:
        return action
    return continued(Drafted, action, action.sequence, labels=[*action.labels, *new])


def _labels(params: JsonObject, marks: Marks) -> list[str]:
    texts = texts_of(marks.texts) if marks.texts else None
    names = sorted(params if marks.everything else _tainted(params, marks, texts))
    if not names and not marks.everything:
        return []
    named = [n for n in names if n.isprintable() and len(n) <= _LONGEST_NAME][:_MOST_NAMED]
    return [UNTRUSTED, *(f"{UNTRUSTED}:/{escaped(name)}" for name in named)]


def _tainted(params: JsonObject, marks: Marks, texts: Texts | None) -> Iterator[str]:
    for name, value in params.items():
        if name in marks.params or (texts is not None and any(map(texts.hold, written(value)))):
            yield name


def _looked_at(params: JsonObject, context: Mapping[str, JsonValue]) -> tuple[Marks, int]:
    """The marks, and what a look at the parameters takes; what would take too much is marked as a
    whole instead."""
    marks = read_marks(context)
    if not marks.texts:
        return marks, 0
    in_texts = sum(map(_size, marks.texts))
    in_params = values = 0
    for text in written(params):
        in_params += _size(text)
        values += bool(text)
        if in_params > MOST_CHARACTERS:
            return EVERYTHING, 0
    compared = in_texts * values
    if in_texts > MOST_IN_TEXTS or compared > MOST_COMPARED:
        return EVERYTHING, 0
    return marks, compared + _MADE_READY * (in_texts + in_params)


def _size(text: str) -> int:
    """Characters once it is made ready, where one can become eighteen (NFKC)."""
    return 1 + (len(text) if text.isascii() else len(unicodedata.normalize("NFKC", text)))
