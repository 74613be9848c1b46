"""One text: what is sensitive in it and where, and the text with it masked."""

import re
from dataclasses import dataclass

from processors.sensitive.detectors import DETECTORS, NOTHING, Detector
from processors.sensitive.folding import folded
from processors.sensitive.hints import Hint
from processors.sensitive.secrets import may_hold_secrets

_TWO = re.compile(r"[0-9][0-9]")
_NINE = re.compile(r"[0-9](?:[^0-9A-Za-z]{0,3}[0-9]){8}")
_SHORTEST_LOOKED_AT = 6
"""Characters: without a hint nothing shorter is anything (`a@b.es`)."""
_PASSES = 4


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
    if len(text) < _SHORTEST_LOOKED_AT and not hint:
        return []
    plain, places = folded(text)
    near = 0
    if _TWO.search(plain):
        near = 9 if _NINE.search(plain) else 2
    elif not hint and "@" not in plain and not may_hold_secrets(plain):
        return []  # most texts: nothing below would find anything
    found = [
        (start, -end, rank)
        for rank, detector in enumerate(DETECTORS)
        if detector.digits <= near
        for start, end in detector.find(plain, hint)
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
