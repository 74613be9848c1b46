"""Pieces of outputs: marks of every dialect, JSON whole and broken, and what breaks readers."""

from pydantic import JsonValue

from processors.formats.reading import FAMILIES
from processors.formats.reasoning import _CLOSING
from tests.outputs import CALL, FORMATS, GEMMA, JSON, KEYWORDS, PAIRS, QUOTED, XML

MARKS: tuple[str, ...] = (
    *(mark for family in FAMILIES for mark in family.marks if len(mark) > 1),
    *_CLOSING,
    *_CLOSING.values(),
    *("</tool_call>", "</tool_calls>", "</function>", "</parameter>", "</invoke>", "<parameter=a>"),
    *("<function=f>", '<invoke name="f">', '<parameter name="a">', "<arg_key>", "</arg_key>"),
    *("<arg_value>", "</arg_value>", "<tool_call|>", '<|"|>', "<escape>", "call:f{", "[ARGS]"),
    *("[CALL_ID]", "<|python_end|>", "</function_calls>", "<|tool_call_end|>", "<|action_end|>"),
    *("<｜tool▁sep｜>", "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>", "<|tools_suffix|>", ";"),
)
LABELS = ("Thought:", "\nAction: f\n", "Action Input:", "Observation:", "Final Answer:")
FENCES = ("```", "```json\n", "```\n", "\n```\n", "```python\n", "`", "``", "~~~", "> ", "\n> ")
VALUES = (
    *('{"name": "f", "arguments": {"a": 1}}', '{"a": "x"}', '{"action_type": "f", "params": {}}'),
    *('[{"name": "f", "input": {"a": [1, null, true]}}]', '{"actions": [', '{"actions": []}'),
    *('{"a": 1, "a": 2}', "{'a': None,}", "{a: 1}", '{"a" 1}', '{"a": NaN}', '{"a": 1e999}'),
    *('{"confidence": NaN, "name": "f", "args": {', '"arguments": "{\\"a\\": \\"b\\\\nc\\"}"'),
    *("{" * 40, "[" * 40, "}" * 8, "]" * 8, '{"a":' * 34, "[f(a=1)]", "f(a='x', b=[1, -2.5])"),
    *("f(a='x' 'y')", "f(a=r'\\n', b='\\x41')", 'f(a="""x\r\ny""")', "f(*a, **b)", "a . b(c=0x1F)"),
    *("1" * 25, "-9223372036854775809", "18446744073709551616", "1,000", "1_000", "-0", "1.5e3"),
)
ODD = (
    *("\x00", "\ud800", "\udc00", "\\ud83d\\ude00", "\\u0000", "\ufeff", "\u202e", "\u2066"),
    *("\u2028", "\x85", "\xa0", "ﬁ", "ｆ", "é", "e\u0301", "😀", "\r\n", "\r", "\t", "\n\n", " "),
    *("“", "”", "'", '"', "\\", "\\\\", '\\"', "{", "}", "[", "]", ":", ",", "(", ")", "<", ">"),
    *("|", "#", "//", "/*", "*/", "true", "False", "None", "NaN", "Infinity", "x" * 10_001),
)
PROSE = (
    "For example, ",
    "you could ",
    "Claro. ",
    "not JSON {name}, hello",
    "[note] ",
    "a b ",
    "1 ",
)
CALLS = (CALL, JSON, f'"{QUOTED}"', GEMMA, KEYWORDS, PAIRS, XML)

PIECES: tuple[str, ...] = (*MARKS, *LABELS, *FENCES, *VALUES, *ODD, *PROSE, *CALLS)
TEXTS: tuple[str, ...] = tuple(text for text, _ in FORMATS.values() if isinstance(text, str))
OBJECTS: tuple[JsonValue, ...] = tuple(o for o, _ in FORMATS.values() if not isinstance(o, str))


def enveloped(text: str) -> tuple[JsonValue, ...]:
    """The text as providers' APIs hold it, and as the arguments of a call."""
    return (
        {"choices": [{"message": {"content": text}}]},
        {"content": [{"type": "text", "text": text}]},
        {"content": [{"type": "text", "text": text}, {"type": "text", "text": text}]},
        {"candidates": [{"content": {"parts": [{"text": text}]}}]},
        {"actions": [{"name": "f", "arguments": text}]},
        {"name": text, "args": {text: [text]}},
        [{"tool": "f", "params": text, "confidence": text}],
    )
