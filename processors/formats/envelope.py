"""What a provider's object holds, whoever the provider is: calls, texts, thoughts."""

from dataclasses import dataclass, field

from pydantic import JsonValue

from processors.formats.proposal import JsonDict, Unreadable, is_dict

_OTHERS = ("tool", "function", "user", "system", "developer")
"""Roles that are not the model's."""


@dataclass(slots=True)
class Envelope:
    """What a provider's object holds."""

    source: str
    calls: list[tuple[JsonValue, str] | Unreadable] = field(default_factory=list)
    """Values for `shapes.read_call`, each with its JSON Pointer, and what is no part known."""
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    problem: Unreadable | None = None
    is_data: bool = False
    """Nothing in it was said by the model."""

    def unknown(self, at: str) -> None:
        self.calls.append(Unreadable("part_unknown", "a part of a kind that is not known", at))

    def add_content(self, content: JsonValue, pointer: str) -> None:
        """What a message says: a text, or a list of parts."""
        for part, at in listed(content, pointer):
            kind = part.get("type") if is_dict(part) else None
            if isinstance(part, str):
                add(self.texts, part)
            elif is_dict(part) and kind in ("text", "output_text"):
                add(self.texts, part.get("text"))
            elif is_dict(part) and kind in ("thinking", "reasoning"):
                add(self.thoughts, part.get(str(kind), part.get("text")))
            elif kind != "refusal":
                self.unknown(at)


def is_from_others(value: JsonDict) -> bool:
    """Whether it is a message of a user, a tool or a system: data, whatever it holds."""
    if value.get("role") not in _OTHERS:
        return False
    return "content" in value or "parts" in value or "tool_calls" in value


def listed(value: JsonValue, pointer: str) -> list[tuple[JsonValue, str]]:
    """The items of a list; what else is there, as the one item."""
    if not value:
        return []
    if not isinstance(value, list):
        return [(value, pointer)]
    return [(item, f"{pointer}/{index}") for index, item in enumerate(value)]


def add(texts: list[str], text: JsonValue) -> None:
    if isinstance(text, str) and text:
        texts.append(text)
