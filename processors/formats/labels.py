"""The labels of ReAct text, as models write them: at the start of a line in any case, in bold, as a
heading, in a list, numbered, with a space before the colon; within a line only as ReAct does."""

import re
from typing import NamedTuple

_WORDS = r"Thought|Action[ \t]{1,4}Input|Action|Observations?|Final[ \t]{1,4}Answer"
_SPACE = r"[ \t\u00a0\u200b\ufeff]"
_BULLET = rf"(?:(?:#{{1,6}}|[-*+]|\d{{1,3}}[.)]){_SPACE}{{1,4}})?"
_BOLD = r"[*_]{0,3}"
_COLON = rf"(?:[ \t]\d{{1,3}})?{_SPACE}{{0,4}}{_BOLD}{_SPACE}{{0,4}}[:：]"
LABEL = (
    rf"(?im:^{_SPACE}*{_BULLET}{_BOLD}(?P<line>{_WORDS}){_COLON}{_BOLD})"
    rf"|(?<=\s){_BOLD}(?P<inline>{_WORDS}):{_BOLD}"
)
"""Repetitions are bounded: two that meet would look at long white space again and again."""
BEGINS_WITH = "*_TAOF"
"""A label within a line does; one that begins a line may begin with more."""
_LABEL = re.compile(LABEL)
_THOUGHT = re.compile(rf"(?im:^[ \t]*(?:#{{1,6}}[ \t]{{1,4}})?{_BOLD}Thought{_COLON})")
ACTION, INPUT = "Action", "Action Input"


class Label(NamedTuple):
    name: str
    """In the spelling of ReAct."""
    begins_line: bool
    is_exact: bool
    """Written letter by letter as ReAct writes it."""


def label_of(match: re.Match[str]) -> Label:
    """The label that `LABEL` matched."""
    begins_line = match["line"] is not None
    words = " ".join((match["line"] or match["inline"]).split())
    name = words.title().removesuffix("s")
    return Label(name, begins_line, words == name)


def has_step(text: str) -> bool:
    """Whether an Action and, behind it, its input are named in the text."""
    names = (label_of(match).name for match in _LABEL.finditer(text))
    # A generator goes on behind what was found.
    return ACTION in names and INPUT in names


def next_thought(text: str, at: int) -> int | None:
    """Where the next line begins that is a Thought."""
    match = _THOUGHT.search(text, at)
    return match.start() if match else None
