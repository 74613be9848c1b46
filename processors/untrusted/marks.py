"""What a response's `context` says of where its parts come from.

    context_refs       texts that nobody vouches for: a JSON Pointer into the context each, or
                       {"pointer": "/documents/0"}, {"text": "…"}; with "trust": "trusted" none
    untrusted_params   JSON Pointers of parameters that are known to come from such texts

Upstream writes it, and can only make things stricter: without marks nothing is labelled, and a mark
that cannot be read, or leads to nothing, labels the whole action, for nobody can say any more what
came from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from processors.untrusted.written import written

REFS = "context_refs"
PARAMS = "untrusted_params"
MOST_MARKS = 200
MOST_CHARACTERS = 200_000
"""Of all untrusted texts of one action together."""
_LONGEST_POINTER = 512


@dataclass(frozen=True, slots=True)
class Marks:
    texts: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    """Names of the parameters that are marked themselves, or something within them."""
    everything: bool = False
    """Nobody can say what comes from where."""


NOTHING = Marks()
EVERYTHING = Marks(everything=True)


def read_marks(context: Mapping[str, JsonValue]) -> Marks:
    if REFS not in context and PARAMS not in context:
        return NOTHING
    refs, params = _listed(context.get(REFS)), _listed(context.get(PARAMS))
    if len(refs) + len(params) > MOST_MARKS:
        return EVERYTHING
    # A text counts once, and what several references share is gone through once: else a record of
    # a few kilobytes costs what one of megabytes does.
    texts: dict[str, None] = {}
    seen: set[int] = set()
    root: JsonValue = dict(context)
    left = MOST_CHARACTERS
    for ref in refs:
        if isinstance(ref, dict) and ref.get("trust") == "trusted":
            continue
        found = _referred(ref, root)
        if not found:
            return EVERYTHING
        for text in (text for one in found for text in written(one, seen)):
            if text in texts:
                continue
            left -= len(text) + 1
            if left < 0:
                return EVERYTHING
            texts[text] = None
    names = [_first_part(param) for param in params]
    if None in names:
        return EVERYTHING
    return Marks(tuple(texts), tuple(name for name in names if name is not None))


def _listed(said: JsonValue) -> list[JsonValue]:
    if said is None:
        return []
    return said if isinstance(said, list) else [said]


def _referred(ref: JsonValue, root: JsonValue) -> list[JsonValue]:
    """What a reference is about; empty when that cannot be told."""
    if isinstance(ref, str):
        return _at(ref, root)
    if not isinstance(ref, dict):
        return []
    found: list[JsonValue] = []
    if isinstance(text := ref.get("text"), str):
        found.append(text)
    if "pointer" in ref:
        pointer = ref["pointer"]
        pointed = _at(pointer, root) if isinstance(pointer, str) else []
        if not pointed:
            return []
        found += pointed
    return found


def _at(pointer: str, root: JsonValue) -> list[JsonValue]:
    """What stands there (RFC 6901), in a list; empty when nothing does."""
    parts = _parts(pointer)
    if parts is None:
        return []
    value = root
    for part in parts:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 7:
            place = int(part)
            if place >= len(value):
                return []
            value = value[place]
        else:
            return []
    return [value]


def _first_part(pointer: JsonValue) -> str | None:
    parts = _parts(pointer) if isinstance(pointer, str) else None
    return parts[0] if parts else None


def _parts(pointer: str) -> list[str] | None:
    if len(pointer) > _LONGEST_POINTER or (pointer and not pointer.startswith("/")):
        return None
    return [p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:]]
