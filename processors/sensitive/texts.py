"""One text: what is sensitive in it and where, and the text with it masked."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from processors.sensitive.detectors import DETECTORS, EMAIL, NOTHING, Detector
from processors.sensitive.folding import folded
from processors.sensitive.hints import Hint
from processors.sensitive.secrets import may_hold_secrets

_TWO = re.compile(r"[0-9][0-9]")
_NINE = re.compile(r"[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){8}")
_SHORTEST_LOOKED_AT = 6
"""Characters: without a hint nothing shorter is anything (`a@b.es`)."""
_PASSES = 4
_WITH_DIGITS = {
    near: tuple((rank, d.find) for rank, d in enumerate(DETECTORS) if d.digits <= near)
    for near in (0, 2, 9)
}
"""What may find something where so many digits are near each other."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to `end` of the text as it is written."""

    start: int
    end: int
    labels: tuple[str, ...]
    detector: Detector | None
    """None: several lie across each other, and nothing of them is shown."""


def spans(text: str, hint: Hint) -> list[Span]:
    """What was found, from the first on; none lies within or across another.

    What lies within another is not told again: the digits of an IBAN are no telephone.
    """
    unnamed = hint is Hint.NONE
    if unnamed and len(text) < _SHORTEST_LOOKED_AT:
        return []
    plain, places = folded(text)
    near = 0
    if _TWO.search(plain):
        near = 9 if _NINE.search(plain) else 2
    elif unnamed and "@" not in plain and not may_hold_secrets(plain):
        return []  # most texts: nothing below would find anything
    found = [
        (start, -end, rank) for rank, find in _WITH_DIGITS[near] for start, end in find(plain, hint)
    ]
    if not found:
        return []
    merged: list[tuple[int, int, tuple[int, ...]]] = []
    for start, minus_end, rank in sorted(found):
        end = -minus_end
        if not merged or start >= merged[-1][1]:
            merged.append((start, end, (rank,)))
        elif end > merged[-1][1]:
            first, _, ranks = merged[-1]
            merged[-1] = (first, end, (*ranks, rank) if rank not in ranks else ranks)
    return [_span(start, end, ranks, places) for start, end, ranks in merged]


def labels_of(texts: Collection[str]) -> set[str]:
    """The labels of all that is found in texts whose fields' names say nothing."""
    # Once over all of them: most hold nothing, or an address. None of these reaches over a line.
    plain, _ = folded("\n".join(texts))
    if _TWO.search(plain) or may_hold_secrets(plain):
        return {label for text in texts for span in spans(text, Hint.NONE) for label in span.labels}
    return {EMAIL.label} if any(EMAIL.find(plain, Hint.NONE)) else set()


def _span(start: int, end: int, ranks: tuple[int, ...], places: list[int] | None) -> Span:
    if places is not None:
        start, end = places[start], places[end - 1] + 1
    detectors = [DETECTORS[rank] for rank in ranks]
    only = detectors[0] if len(detectors) == 1 else None
    return Span(start, end, tuple(detector.label for detector in detectors), only)


def masked_text(text: str, hint: Hint) -> str:
    """The text without what is sensitive in it. Masking again changes nothing: what a mask shows
    may, with what stands beside it, look like something else, and is masked then, too."""
    for _ in range(_PASSES):
        found = spans(text, hint)
        if not found:
            return text
        text = _without(text, found)
    return NOTHING if spans(text, hint) else text


def _without(text: str, found: list[Span]) -> str:
    kept: list[str] = []
    last = 0
    for span in found:
        kept.append(text[last : span.start])
        kept.append(_mask(text[span.start : span.end], span.detector))
        last = span.end
    return "".join([*kept, text[last:]])


def _mask(found: str, detector: Detector | None) -> str:
    return NOTHING if detector is None else detector.mask(folded(found)[0])
