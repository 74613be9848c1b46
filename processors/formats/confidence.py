"""How sure a model says it is, as a number from 0 to 1; what it may mean is written here, once."""

import math
import re

from pydantic import JsonValue

from processors.formats.proposal import JsonDict

KEYS = ("confidence", "confidence_score")
"""Not `score`: tools have parameters and results of that name."""
MOST_REPAIRED = 0.5
"""What a model wrote in broken JSON never runs by its own word alone."""
_ASSUMED = {
    **dict.fromkeys(("json", "openai_chat", "openai_responses", "anthropic", "gemini", "mcp"), 0.7),
    **dict.fromkeys(("marked_json", "deepseek", "xml_calls", "key_pairs", "gemma"), 0.6),
    **dict.fromkeys(("python_calls", "react"), 0.6),
}
_ASSUMED_ELSEWHERE = 0.5
_WORDS = {
    **dict.fromkeys(("very high", "muy alta", "muy alto", "sehr hoch"), 0.95),
    **dict.fromkeys(("high", "alta", "alto", "hoch"), 0.85),
    **dict.fromkeys(("medium", "moderate", "media", "medio", "mittel"), 0.6),
    **dict.fromkeys(("low", "baja", "bajo", "niedrig"), 0.3),
    **dict.fromkeys(("very low", "muy baja", "muy bajo", "sehr niedrig"), 0.1),
}
_NUMBER = re.compile(
    r"([+-]?[0-9]{1,20}(?:[.,][0-9]{1,20})?(?:e[+-]?[0-9]{1,3})?)"
    r"\s*(%|percent|per cent|por ciento|prozent)?"
)
_LONGEST_TEXT = 64
_OVERSHOT = 1.1
"""No scale ends here: up to here a model that is sure went past 1."""
_PERCENTAGES = 10
"""From here on a number up to 100 is a percentage. `2` to `9` may be of 5, of 10 or of 100."""


def read_confidence(value: JsonValue) -> float | None:
    """From 0 to 1, or None if there is no telling.

    Numbers: below 0 is 0; above 1 up to 1.1 overshoots and is 1; 10 to 100 is a percentage; any
    other above 1 is of a scale nobody knows. Texts: such a number, with a point or a comma, a
    percentage, or a word. Doubt never makes a model surer than it said.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _scaled(value)
    return _from_text(value) if isinstance(value, str) else None


def stated(fields: JsonDict) -> float | None:
    """What an object says about itself; the lower of two that differ."""
    read = [read_confidence(fields[key]) for key in KEYS if key in fields]
    return min((value for value in read if value is not None), default=None)


def is_stated(fields: JsonDict) -> bool:
    """Whether it says anything, readable or not: what is unreadable gives way to no other."""
    return any(fields.get(key) is not None for key in KEYS)


def assumed(source: str) -> float:
    """Where a model says nothing, by format: the clearer the format, the likelier that the model
    meant the call. Below any threshold at which a tenant lets actions run."""
    return _ASSUMED.get(source, _ASSUMED_ELSEWHERE)


def _scaled(number: float) -> float | None:
    if not isinstance(number, int) and not math.isfinite(number):
        return None
    if number <= _OVERSHOT:
        return float(min(max(number, 0), 1))
    return number / 100 if _PERCENTAGES <= number <= 100 else None


def _from_text(text: str) -> float | None:
    if len(text) > _LONGEST_TEXT:
        return None
    word = " ".join(text.lower().split())
    if word in _WORDS:
        return _WORDS[word]
    match = _NUMBER.fullmatch(word)
    if match is None:
        return None
    number, percent = float(match[1].replace(",", ".")), match[2]
    if percent:
        number /= 100
        return min(max(number, 0.0), 1.0) if number <= _OVERSHOT else None
    return _scaled(number)
