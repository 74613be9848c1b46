"""Parameters walked: what is sensitive, where, and the labels that follow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pydantic import JsonValue

from processors.labels import TAG
from processors.pointers import escaped, values_at
from processors.sensitive.hints import Hint, hint_of
from processors.sensitive.texts import labels_of, masked_text, spans
from schemas.events import JsonObject

MOST = 50
"""Findings that are listed, beside the catalog's own tags; every label has one in any case."""
_FOR_OTHERS = 8
_SHORT_NAME = 128
_SURE_NUMBERS = Hint.PHONE | Hint.CARD | Hint.SSN | Hint.PASSWORD
_LARGEST = 10**20


@dataclass(frozen=True, slots=True)
class Finding:
    label: str
    pointer: str
    """RFC 6901, of the value; a property whose name is sensitive itself is named masked."""


@dataclass(frozen=True, slots=True)
class Findings:
    listed: tuple[Finding, ...]
    labels: frozenset[str]
    """Of all there is, listed or not."""


def find(params: JsonObject, tags: Mapping[str, str]) -> Findings:
    """Everything sensitive in the parameters, the catalog's tags (pointer → tag) first."""
    listed = [Finding(label, pointer) for label, pointer in _tagged(params, tags)]
    labels = {finding.label for finding in listed}
    bound = len(listed) + MOST
    for text, pointer, hint in texts_of(params):
        for label in {label: None for span in spans(text, hint) for label in span.labels}:
            if label not in labels or len(listed) < bound - _FOR_OTHERS:
                listed.append(Finding(label, pointer))
                labels.add(label)
    return Findings(tuple(listed), frozenset(labels))


def found_labels(params: JsonObject, tags: Mapping[str, str]) -> set[str]:
    """`find(params, tags).labels`, without looking where it is."""
    labels = {label for label, _ in _tagged(params, tags)}
    unnamed: list[str] = []
    for text, _, hint in texts_of(params):
        if hint is Hint.NONE:
            unnamed.append(text)
        else:
            labels.update(label for span in spans(text, hint) for label in span.labels)
    return labels | labels_of(unnamed)


def _tagged(params: JsonObject, tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The catalog's own, with their pointers."""
    for pointer, tag in tags.items():
        if any(value is not None for value in values_at(params, pointer)):
            yield f"{TAG}{tag}", pointer


def texts_of(params: JsonObject) -> Iterator[tuple[str, str, Hint]]:
    """Every text with its pointer and what its field's name says, in the parameters' order;
    numbers whose field names a telephone or a card, and names of properties."""
    left: list[tuple[JsonValue, str, Hint]] = [(params, "", Hint.NONE)]
    while left:
        value, pointer, hint = left.pop()
        if isinstance(value, str):
            yield value, pointer, hint
        elif isinstance(value, dict):
            inner: list[tuple[JsonValue, str, Hint]] = []
            for key, item in value.items():
                step, named, is_sensitive = _named(key)
                below = f"{pointer}/{step}"
                if is_sensitive:
                    yield key, below, Hint.NONE
                inner.append((item, below, named))
            left.extend(reversed(inner))
        elif isinstance(value, list):
            left.extend((value[i], f"{pointer}/{i}", hint) for i in range(len(value) - 1, -1, -1))
        elif hint is not Hint.NONE:
            text = number_text(value, hint)
            if text is not None:
                yield text, pointer, hint


def number_text(value: JsonValue, hint: Hint) -> str | None:
    """A number as the text it might be, where the field's name says that it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if hint is Hint.NONE or not hint & _SURE_NUMBERS:
        return None
    # Python refuses to write the largest integers in tens.
    huge = isinstance(value, int) and not -_LARGEST < value < _LARGEST
    return hex(int(value)) if huge else str(value)


def shown_name(name: str) -> str:
    """A property's name, masked if it is sensitive itself."""
    return _shown_short(name) if len(name) <= _SHORT_NAME else masked_text(name, Hint.NONE)


@lru_cache(maxsize=4096)
def _shown_short(name: str) -> str:
    return masked_text(name, Hint.NONE)


def _named(name: str) -> tuple[str, Hint, bool]:
    """The step to a property in a pointer, what its name says of the value, and whether the name
    is sensitive itself."""
    return _named_short(name) if len(name) <= _SHORT_NAME else _look_at_name(name)


def _look_at_name(name: str) -> tuple[str, Hint, bool]:
    shown = shown_name(name)
    return escaped(shown), hint_of(shown), shown != name


_named_short = lru_cache(maxsize=4096)(_look_at_name)
