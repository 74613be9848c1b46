"""ReAct text: `Thought: … Action: <tool> Action Input: {…}` (Yao et al., 2022).

Several steps are several actions. What follows an `Observation:` or a `Final Answer:` is taken out
before (`reasoning`); steps that a text shows (`shown`) are none.
"""

import re
import string
from collections.abc import Iterator

from processors.formats.json_text import json_at, named
from processors.formats.labels import ACTION, BEGINS_WITH, INPUT, LABEL, label_of
from processors.formats.limits import beyond_limits
from processors.formats.places import Places
from processors.formats.proposal import Proposal, Unreadable, is_dict
from processors.formats.repair import read_or_repair
from processors.formats.shapes import REASONING_CHARACTERS
from processors.formats.shown import Walk, is_announced
from processors.formats.surface import GONE

_PARAGRAPH_END = re.compile(r"\n[ \t]*\r?\n")
_PLACES = Places(LABEL, first=BEGINS_WITH, at_line_start=True, past_code=True)
_LAYOUT = string.whitespace + GONE
MOST_SECTIONS = 400
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")


def looks_like_react(surface: str) -> bool:
    """Both labels stand in the text, in the order ReAct has them."""
    names = (label_of(match).name for match in _labels(surface))
    # The second search goes on behind what the first found.
    return ACTION in names and INPUT in names


def before_labels(surface: str) -> int:
    """Where the first label stands, or the text's end."""
    label = next(_labels(surface), None)
    return label.start() if label else len(surface)


def _labels(surface: str) -> Iterator[re.Match[str]]:
    """Those that the text does not only show."""
    walk = Walk(_PLACES, surface)
    match = walk.next(0)
    while match is not None:
        end: int | None = match.end()
        if is_announced(surface, match.start()):
            paragraph = _PARAGRAPH_END.search(surface, match.end())
            end = paragraph and paragraph.end()
        else:
            yield match
        match = None if end is None else walk.next(end)


def read_react(text: str, surface: str) -> list[Proposal | Unreadable]:
    """The steps, in order. Labels are looked for on the surface (`surface.py`)."""
    found: list[Proposal | Unreadable] = []
    thought: str | None = None
    name: str | None = None
    sections = _sections(text, surface)
    if len(sections) > MOST_SECTIONS:
        return [Unreadable("output_too_complex", f"more than {MOST_SECTIONS} labelled sections")]
    for label, body in sections:
        if label == "Thought":
            thought = body
        elif label == "Action":
            if name is not None:
                found.append(_without_input(name))
            name = body.strip("* \t")
        elif label == "Action Input" and name is not None:
            step = _step(name, body, thought)
            found.append(step)
            name = None
            if isinstance(step, Unreadable) and body.startswith("{"):
                # The labels behind it may stand inside one of its texts.
                break
    if name is not None:
        found.append(_without_input(name))
    return found


def _without_input(name: str) -> Unreadable:
    shown = name if _NAME.fullmatch(name) else "an Action"
    return Unreadable("action_input_missing", f"{shown} has no Action Input")


def _sections(text: str, surface: str) -> list[tuple[str, str]]:
    """The text cut at its labels. An Action Input's JSON may hold label-like words itself, so
    a label inside the object that starts there does not cut."""
    sections: list[tuple[str, str]] = []
    last: tuple[str, int, int] | None = None
    for match in _labels(surface):
        if last is not None:
            name, start, object_end = last
            if match.start() < object_end:
                continue
            sections.append((name, text[start : match.start()].strip(_LAYOUT)))
        if len(sections) > MOST_SECTIONS:
            return sections
        last = label_of(match).name, match.end(), _end_of_object(text, match.end())
    if last is not None:
        sections.append((last[0], text[last[1] :].strip(_LAYOUT)))
    return sections


def _end_of_object(text: str, start: int) -> int:
    """Where the JSON object that begins right after `start` ends; `start` if none does. The
    decoder stops at the first thing that is no JSON, so a brace costs what it holds."""
    at = start
    while at < len(text) and text[at].isspace():
        at += 1
    if at >= len(text) or text[at] != "{":
        return start
    return json_at(text, at).end or start


def _step(name: str, body: str, thought: str | None) -> Proposal | Unreadable:
    if not _NAME.fullmatch(name):
        return Unreadable("action_name_unreadable", "the Action is not one tool's name")
    found = read_or_repair(body)
    if isinstance(found, Unreadable):
        return named(found, "action_input_not_json", f"the Action Input of {name}")
    if not is_dict(found.value):
        return Unreadable("parameters_not_an_object", f"the Action Input of {name} is no object")
    if problem := beyond_limits(found.value, ""):
        return problem
    reasoning = thought and thought[:REASONING_CHARACTERS]
    return Proposal(name, found.value, None, reasoning, "react", found.repaired)
