"""Responses as model providers' APIs give them: the calls in them, and the text beside.

    provider                 known by                 calls                       text
    OpenAI chat completions  choices, or a message's  tool_calls[].function,      content, or the
                             tool_calls               function_call               texts in it
    OpenAI completions       choices                                              choices[].text
    OpenAI responses         output, a list           type function_call          output_text
    Anthropic messages       content, a typed list    type tool_use               text blocks
    Gemini                   candidates               parts[].functionCall        parts[].text
    MCP                      method tools/call        params

Thinking is no text, only reasoning. More than one choice or candidate is refused: they are
alternatives. A part of a kind that is not known is told (`part_unknown`): it may be a call. What
the provider runs itself, and what tools answered, is none.
"""

from collections.abc import Callable

from pydantic import JsonValue

from processors.formats.envelope import Envelope, add, is_from_others, listed
from processors.formats.proposal import JsonDict, Unreadable, is_dict

_RUN_BY_OPENAI = (
    *("web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call"),
    *("mcp_call", "mcp_list_tools", "item_reference", "compaction"),
)
_RUN_BY_ANTHROPIC = ("server_tool_use", "mcp_tool_use", "redacted_thinking", "tool_result")
_DATA_OF_GEMINI = (
    *("inlineData", "inline_data", "fileData", "file_data", "functionResponse"),
    *("function_response", "executableCode", "executable_code"),
    *("codeExecutionResult", "code_execution_result"),
)


def open_envelope(value: JsonDict) -> Envelope | None:
    """The provider's object opened; None if it is none."""
    if is_from_others(value):
        return Envelope("data", is_data=True)
    for known, opened in _PROVIDERS:
        if known(value):
            return opened(value)
    return None


def _only(value: JsonDict, key: str, envelope: Envelope) -> JsonDict:
    """The one element of the list `key`; noted as a problem if there are several."""
    items = listed(value.get(key), f"/{key}")
    if len(items) > 1:
        text = f"{len(items)} {key} are alternatives; one may be"
        envelope.problem = Unreadable("several_choices", text, f"/{key}")
    for item, at in items:
        if is_dict(item):
            return item
        envelope.unknown(at)
    return {}


def _chat(value: JsonDict) -> Envelope:
    envelope = Envelope("openai_chat")
    message: JsonValue = value
    pointer = ""
    if "choices" in value:
        choice = _only(value, "choices", envelope)
        message, pointer = choice.get("message"), "/choices/0/message"
        add(envelope.texts, choice.get("text"))
        if choice.get("delta"):
            envelope.unknown("/choices/0/delta")  # a piece of a stream
    if not is_dict(message):
        add(envelope.texts, message)
        return envelope
    if is_from_others(message):
        return envelope
    envelope.calls += listed(message.get("tool_calls"), f"{pointer}/tool_calls")
    if legacy := message.get("function_call"):
        if envelope.calls:
            text = "`tool_calls` and `function_call` both hold calls"
            envelope.problem = Unreadable("several_formats", text, pointer)
        envelope.calls.append((legacy, f"{pointer}/function_call"))
    envelope.add_content(message.get("content"), f"{pointer}/content")
    for key in ("reasoning_content", "reasoning"):
        add(envelope.thoughts, message.get(key))
    return envelope


def _responses(value: JsonDict) -> Envelope:
    envelope = Envelope("openai_responses")
    for item, at in listed(value.get("output"), "/output"):
        kind = item.get("type") if is_dict(item) else None
        if not is_dict(item) or not isinstance(kind, str):
            envelope.unknown(at)
        elif kind == "function_call":
            envelope.calls.append((item, at))
        elif kind == "message":
            if not is_from_others(item):
                envelope.add_content(item.get("content"), f"{at}/content")
        elif kind == "reasoning":
            for part, _ in listed(item.get("summary"), at):
                add(envelope.thoughts, part.get("text") if is_dict(part) else None)
        elif kind not in _RUN_BY_OPENAI and not kind.endswith("_output"):
            envelope.unknown(at)
    return envelope


def _anthropic(value: JsonDict) -> Envelope:
    envelope = Envelope("anthropic")
    for block, at in listed(value.get("content"), "/content"):
        kind = block.get("type") if is_dict(block) else None
        if not is_dict(block) or not isinstance(kind, str):
            envelope.unknown(at)
        elif kind == "tool_use":
            envelope.calls.append((block, at))
        elif kind == "text":
            add(envelope.texts, block.get("text"))
        elif kind == "thinking":
            add(envelope.thoughts, block.get("thinking"))
        elif kind not in _RUN_BY_ANTHROPIC and not kind.endswith("_tool_result"):
            envelope.unknown(at)
    return envelope


def _gemini(value: JsonDict) -> Envelope:
    envelope = Envelope("gemini")
    content = _only(value, "candidates", envelope).get("content")
    parts = content.get("parts") if is_dict(content) and not is_from_others(content) else None
    for part, at in listed(parts, "/candidates/0/content/parts"):
        if not is_dict(part):
            envelope.unknown(at)
            continue
        keys = [key for key in ("functionCall", "function_call") if part.get(key) is not None]
        if len(keys) > 1:
            envelope.unknown(at)
            continue
        envelope.calls += [(part[key], f"{at}/{key}") for key in keys]
        text = part.get("text")
        add(envelope.thoughts if part.get("thought") is True else envelope.texts, text)
        is_known = keys or isinstance(text, str) or any(map(part.get, _DATA_OF_GEMINI))
        if not is_known and any(key not in ("thought", "thoughtSignature") for key in part):
            envelope.unknown(at)
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
    (lambda value: is_dict(value.get("function_call")) or is_dict(value.get("tool_calls")), _chat),
    (_has_list("candidates"), _gemini),
    (_has_list("output", typed=True), _responses),
    (_has_list("content", typed=True), _anthropic),
    (lambda value: value.get("method") == "tools/call", _mcp),
)
