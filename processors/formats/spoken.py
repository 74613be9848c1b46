"""What a model says in an output, as lines a person would read as meant."""

from pydantic import JsonValue

from processors.formats.proposal import is_dict
from processors.formats.providers import open_envelope
from processors.formats.reasoning import GONE, without_reasoning

_FENCE = "```"


def spoken(output: JsonValue) -> str:
    """The text of an output, or of a provider's object, without the model's reasoning, echoed
    results, quoted lines and fenced blocks; empty if it is neither."""
    meant = without_reasoning(_text(output)).meant
    if _FENCE in meant:
        meant = _outside_fences(meant)
    # A line that something was taken out of is not what the model wrote.
    return "\n".join(line for line in meant.split("\n") if GONE not in line)


def _text(output: JsonValue) -> str:
    if isinstance(output, str):
        return output
    envelope = open_envelope(output) if is_dict(output) else None
    return "\n".join(envelope.texts) if envelope else ""


def _outside_fences(text: str) -> str:
    lines: list[str] = []
    inside = False
    for line in text.split("\n"):
        if line.lstrip(" \t").startswith(_FENCE):
            inside = not inside
        elif not inside:
            lines.append(line)
    return "\n".join(lines)
