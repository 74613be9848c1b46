"""Outputs that make a reader work: one piece, again and again, up to a size.

Each is what some reader, regular expression or repair looks for: openings without closings,
brackets, quotes, backticks, labels, words that announce an example, quoted lines, white space.
"""

import time
from collections.abc import Iterator
from typing import NamedTuple

from processors.formats import read_output
from processors.formats.reading import FAMILIES
from processors.formats.reasoning import _CLOSING


class Hostile(NamedTuple):
    name: str
    head: str
    piece: str
    tail: str = ""

    def text(self, size: int) -> str:
        """About `size` characters, fewer than `size` bytes where it holds others than ASCII."""
        room = size - len((self.head + self.tail).encode())
        return self.head + self.piece * (room // len(self.piece.encode())) + self.tail


_PIECES = (
    *("{", "[", "}", '{"', '{"a":', "[{", "{'", '{"a": 1} ', '[{"a": 1}] ', "{a:1,", "{}", "[]"),
    *('"', "'", "“", "\\", '\\"', "'x', ", '"x" ', '"\\d"', "a: ", "a b: 1, ", ",", ":"),
    *(
        "`",
        "``",
        "` ",
        "```",
        "```\n",
        "```x\n",
        "```json\n",
        "```json\n{'a': 1,}\n```\n",
        "`x``y```z",
    ),
    *(
        "````\n",
        "~~~",
        "~~~`",
        "```a",
        "~~~~ ",
        "&gt; ",
        "- > ",
        "<!--",
        "-->",
        "</think> ",
        " to=",
    ),
    *(
        "<|start|>",
        "<|channel|>",
        "<|message|>",
        " to=a",
        "<|im_start|>tool\n",
        "<|im_end|>",
        "<think ",
    ),
    *(
        "Observation:\n",
        "Thought:\n",
        "\nFinal Answer:",
        "Action ",
        "**Action",
        "example ",
        "e.g.: ",
    ),
    *(
        "for example:\n<tool_call>{}</tool_call>\n",
        "<parameter=",
        "<|channel|>analysis<|message|>x",
    ),
    *("```json\n{\n", " ```\n", "\n\n`", "\n```json", "json ", "~~~\n"),
    *('{"actions": ', "{'actions': [", "```json\n{'actions': ["),
    *("Thought: ", "Action: x\n", "Action Input: ", "Action: x Action Input: {", "Observation: "),
    *("Action: x\nAction Input: {}\n", "Action Input: {'a': 1,}\nAction: y\n", "Action:"),
    *("> ", ">\n", "> x\n", "  > x\n", " ", "\n", "\t", " \n", "\n\n", "\r\n", "\u2003"),
    *("for example ", "could ", "example `", "could {", "e.g.\n", "such as\n\n", "schema "),
    *("<", "</", "<｜", "<|", "|>", "<a>", "(", "f(", "f(a=1), ", "[f(", "f(a='", "é(", "#", "//"),
    *("/*", "/**/", "x", "é", "1", "1,", "-", "0", "1 ", ".5", "\x00", "\u202e", "null,", "NaN"),
)
_MARKED = (
    *("<function=f><parameter=a>", "<parameter=a>", "</parameter>", "<invoke name=", "name="),
    *('<invoke name="f">', '<invoke name="f"></invoke>', '<parameter name="a">', "<function=f>\n"),
    *(
        "<tool_call>f<arg_key>",
        "<arg_key>a</arg_key>",
        "<arg_value>",
        "</arg_value>",
        "<tool_call>f",
    ),
    *(
        "<arg_key>a</arg_key><arg_value>1</arg_value>",
        "<tool_call>{",
        '<tool_call>{"a":',
        "<tool_call>`",
    ),
    *(
        "<tool_call>{'a': 1,}",
        "<tool_call>{}</tool_call>",
        "<|tool_call>call:f{a:",
        '<|"|>',
        "call:f{",
    ),
    *(
        "<|tool_call>call:f{}<tool_call|>",
        "<|tool_call>",
        "a:1,",
        "<｜tool▁sep｜>",
        "<｜tool▁call▁begin｜>f",
    ),
    *("[TOOL_CALLS]f", "[TOOL_CALLS]f{}", "[TOOL_CALLS]a b ", "[ARGS]", "[CALL_ID]", "functools[{"),
    *(
        "[TOOL_CALLS][CALL_ID]",
        "[TOOL_CALLS]f[CALL_ID]x",
        "<|python_tag|>{};",
        ";{}",
        "<tool_call>f\n",
    ),
)
_HEADS = ("", "x ", "{'a': [", "{'a': \"", "[TOOL_CALLS]", "<tool_call>", "<tool_call>{'a': [")


def hostile() -> Iterator[Hostile]:
    """Every piece behind every beginning; and every mark that opens something, never closed."""
    marks = [mark for family in FAMILIES for mark in family.marks]
    reasoning = [*_CLOSING, *_CLOSING.values()]
    for piece in dict.fromkeys((*_PIECES, *_MARKED, *marks, *reasoning)):
        yield from (Hostile(f"{head}…{piece}"[:60], head, piece) for head in _HEADS)
    for family in FAMILIES:
        for mark in family.marks:
            for behind in ("", " ", "{", "[", '{"', "{}", "[]", "[{}]", "`", "a{}", "words [{"):
                yield Hostile(f"{mark}{behind}", "", mark + behind)
            for piece in ("{", '{"a":', "[", "'", '"', " ", "`", "<", "a", "a=", "\n", "f(a=1)\n"):
                yield Hostile(f"{mark}…{piece}", mark, piece)
    yield from (Hostile(f"a mark in{piece}", "<tool_call>`", piece) for piece in _PIECES)
    for opening, closing in _CLOSING.items():
        yield Hostile(f"{opening}{closing}", "", opening + closing)
        yield Hostile(f"nested {opening}", opening * 1_000, "x", closing * 1_000)


def steepness(case: Hostile, size: int, runs: int = 3) -> float:
    """How many times as long four times the text takes: 4 where time is linear, 16 where it
    grows with the square. The best of a few runs in CPU time: no neighbour makes one faster."""
    return _best(case.text(size * 4), runs) / _best(case.text(size), runs)


def _best(text: str, runs: int) -> int:
    took: list[int] = []
    for _ in range(runs):
        began = time.process_time_ns()
        read_output(text)
        took.append(time.process_time_ns() - began)
    return max(1, min(took))
