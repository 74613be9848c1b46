"""The labels of an action whose parameters come from untrusted texts."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from processors.labels import UNTRUSTED
from processors.pointers import escaped
from processors.untrusted.marks import PARAMS, REFS, Marks, read_marks
from processors.untrusted.occurrence import Texts, texts_of
from processors.untrusted.written import written
from schemas.continuation import continued
from schemas.events import Drafted, JsonObject

MOST_CHARACTERS = 50_000
"""Of all parameters together; more is not looked at, and counts as untrusted."""
MOST_COMPARED = 20_000_000
"""Characters of the texts, times the values that are looked for; the same holds for more."""
_MOST_NAMED = 100
_LONGEST_NAME = 64


def untrusted_labels(params: JsonObject, context: Mapping[str, JsonValue]) -> list[str]:
    """`untrusted`, and `untrusted:/name` for each parameter that can be named; empty when nothing
    comes from an untrusted text as far as can be told."""
    marks = read_marks(context)
    texts = texts_of(marks.texts) if marks.texts else None
    everything = marks.everything or _too_much(params, texts)
    names = sorted(params if everything else _tainted(params, marks, texts))
    if not names and not everything:
        return []
    named = [n for n in names if n.isprintable() and len(n) <= _LONGEST_NAME][:_MOST_NAMED]
    return [UNTRUSTED, *(f"{UNTRUSTED}:/{escaped(name)}" for name in named)]


def with_untrusted_labels(action: Drafted) -> Drafted:
    """The action with these labels beside those it has: what was once labelled stays so, whoever
    changes its parameters."""
    context = action.context
    if REFS not in context and PARAMS not in context:
        return action
    new = [
        label for label in untrusted_labels(action.params, context) if label not in action.labels
    ]
    if not new:
        return action
    return continued(Drafted, action, action.sequence, labels=[*action.labels, *new])


def _tainted(params: JsonObject, marks: Marks, texts: Texts | None) -> Iterator[str]:
    for name, value in params.items():
        if name in marks.params or (texts is not None and any(map(texts.hold, written(value)))):
            yield name


def _too_much(params: JsonObject, texts: Texts | None) -> bool:
    if texts is None:
        return False
    sizes = [len(text) for text in written(params)]
    return sum(sizes) > MOST_CHARACTERS or len(sizes) * len(texts.words) > MOST_COMPARED
