"""Responses as model providers' APIs give them: the calls in them, and the text beside.

    provider                 known by                 calls                       text
    OpenAI chat completions  choices, or a message's  tool_calls[].function,      content
                             tool_calls               function_call
    OpenAI responses         output, a list           type function_call          output_text
    Anthropic messages       content, a typed list    type tool_use               text blocks
    Gemini                   candidates               parts[].functionCall        parts[].text
    MCP                      method tools/call        params

Thinking is no text, only reasoning. More than one choice or candidate is refused: they are
alternatives.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pydantic import JsonValue

from processors.formats.proposal import JsonDict, Unreadable, is_dict


@dataclass(slots=True)
class Envelope:
    """What a provider's object holds."""

    source: str
    calls: list[tuple[JsonValue, str]] = field(default_factory=list)
    """Objects for `shapes.read_call`, each with its JSON Pointer."""
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    problem: Unreadable | None = None


def open_envelope(value: JsonDict) -> Envelope | None:
    """The provider's object opened; None if it is none."""
    for known, opened in _PROVIDERS:
        if known(value):
            return opened(value)
    return None


def _objects(value: JsonValue, pointer: str) -> Iterator[tuple[JsonDict, str]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            if is_dict(item):
                yield item, f"{pointer}/{index}"


def _add(texts: list[str], text: JsonValue) -> None:
    if isinstance(text, str) and text:
        texts.append(text)


def _only(value: JsonDict, key: str, envelope: Envelope) -> JsonDict | None:
    """The one element of the list `key`; noted as a problem if there are several."""
    items = list(_objects(value.get(key), f"/{key}"))
    if len(items) > 1:
        text = f"{len(items)} {key} are alternatives; one may be"
        envelope.problem = Unreadable("several_choices", text, f"/{key}")
    return items[0][0] if len(items) == 1 else None


def _chat(value: JsonDict) -> Envelope:
    envelope = Envelope("openai_chat")
    message, pointer = value, ""
    if "choices" in value:
        choice = _only(value, "choices", envelope)
        inner = (choice or {}).get("message")
        message, pointer = (inner if is_dict(inner) else {}), "/choices/0/message"
    for call, at in _objects(message.get("tool_calls"), f"{pointer}/tool_calls"):
        envelope.calls.append((call, at))
    if is_dict(legacy := message.get("function_call")):
        envelope.calls.append((legacy, f"{pointer}/function_call"))
    _add(envelope.texts, message.get("content"))
    for key in ("reasoning_content", "reasoning"):
        _add(envelope.thoughts, message.get(key))
    return envelope


def _responses(value: JsonDict) -> Envelope:
    envelope = Envelope("openai_responses")
    for item, at in _objects(value.get("output"), "/output"):
        if item.get("type") == "function_call":
            envelope.calls.append((item, at))
        elif item.get("type") == "message":
            for part, _ in _objects(item.get("content"), at):
                if part.get("type") == "output_text":
                    _add(envelope.texts, part.get("text"))
        elif item.get("type") == "reasoning":
            for part, _ in _objects(item.get("summary"), at):
                _add(envelope.thoughts, part.get("text"))
    return envelope


def _anthropic(value: JsonDict) -> Envelope:
    envelope = Envelope("anthropic")
    for block, at in _objects(value.get("content"), "/content"):
        if block.get("type") == "tool_use":
            envelope.calls.append((block, at))
        elif block.get("type") == "text":
            _add(envelope.texts, block.get("text"))
        elif block.get("type") == "thinking":
            _add(envelope.thoughts, block.get("thinking"))
    return envelope


def _gemini(value: JsonDict) -> Envelope:
    envelope = Envelope("gemini")
    candidate = _only(value, "candidates", envelope) or {}
    content = candidate.get("content")
    parts = content.get("parts") if is_dict(content) else None
    for part, at in _objects(parts, "/candidates/0/content/parts"):
        call = part.get("functionCall", part.get("function_call"))
        if is_dict(call):
            envelope.calls.append((call, f"{at}/functionCall"))
        else:
            is_thought = part.get("thought") is True
            _add(envelope.thoughts if is_thought else envelope.texts, part.get("text"))
    return envelope


def _mcp(value: JsonDict) -> Envelope:
    return Envelope("mcp", [(value.get("params"), "/params")])


def _has_list(key: str, typed: bool = False) -> Callable[[JsonDict], bool]:
    def known(value: JsonDict) -> bool:
        items = value.get(key)
        return isinstance(items, list) and (
            not typed or any(is_dict(item) and "type" in item for item in items)
        )

    return known


_PROVIDERS: tuple[tuple[Callable[[JsonDict], bool], Callable[[JsonDict], Envelope]], ...] = (
    (_has_list("choices"), _chat),
    (_has_list("tool_calls"), _chat),
    (lambda value: is_dict(value.get("function_call")), _chat),
    (_has_list("candidates"), _gemini),
    (_has_list("output", typed=True), _responses),
    (_has_list("content", typed=True), _anthropic),
    (lambda value: value.get("method") == "tools/call", _mcp),
)
