"""What a model says in an output, as lines a person would read as meant."""

import re

from pydantic import JsonValue

from processors.formats.proposal import is_dict
from processors.formats.providers import open_envelope
from processors.formats.reasoning import without_reasoning
from processors.formats.shown import FENCE, end_of_fence
from processors.formats.surface import GONE

_FENCE = re.compile(FENCE, re.MULTILINE)


def spoken(output: JsonValue) -> str:
    """The text of an output, or of a provider's object, without the model's reasoning, echoed
    results, quoted lines, fenced blocks, and what may be one of these; empty if it is neither."""
    meant = _outside_fences(without_reasoning(_text(output)).meant)
    # A line that something was taken out of is not what the model wrote.
    return "\n".join(line for line in meant.split("\n") if GONE not in line)


def _text(output: JsonValue) -> str:
    if isinstance(output, str):
        return output
    envelope = open_envelope(output) if is_dict(output) else None
    return "\n".join(envelope.texts) if envelope else ""


def _outside_fences(text: str) -> str:
    parts: list[str] = []
    at = 0
    while (fence := _FENCE.search(text, at)) is not None:
        parts.append(text[at : fence.start()])
        at = end_of_fence(text, fence).end
    return "".join([*parts, text[at:]])
