"""ReAct text: `Thought: … Action: <tool> Action Input: {…}` (Yao et al., 2022).

Several steps are several actions; `Final Answer:` is none. What follows an `Observation:` was
written by a tool, or by a model imagining one, and is never read as an action.
"""

import re

from processors.formats.json_text import json_at, named
from processors.formats.limits import beyond_limits
from processors.formats.proposal import Proposal, Unreadable, is_dict
from processors.formats.repair import read_or_repair
from processors.formats.shapes import REASONING_CHARACTERS

_LABEL = re.compile(
    r"(?:^|(?<=\s))(Thought|Action Input|Action|Observation|Final Answer):", re.MULTILINE
)
MOST_SECTIONS = 400
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")


def looks_like_react(text: str) -> bool:
    """Both labels stand in the text, in the order ReAct has them."""
    at = text.find("Action:")
    return at >= 0 and text.find("Action Input:", at) >= 0


def before_labels(surface: str) -> int:
    """Where the first label stands, or the text's end."""
    label = _LABEL.search(surface)
    return label.start() if label else len(surface)


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
                found.append(
                    Unreadable("action_input_missing", f"{name[:128]!a} has no Action Input")
                )
            name = body
        elif label == "Action Input" and name is not None:
            step = _step(name, body, thought)
            found.append(step)
            name = None
            if isinstance(step, Unreadable) and body.startswith("{"):
                # The labels behind it may stand inside one of its texts.
                break
    if name is not None:
        found.append(Unreadable("action_input_missing", f"{name[:128]!a} has no Action Input"))
    return found


def _sections(text: str, surface: str) -> list[tuple[str, str]]:
    """The text cut at its labels. An Action Input's JSON may hold label-like words itself, so
    a label inside the object that starts there does not cut."""
    sections: list[tuple[str, str]] = []
    position = 0
    while (match := _LABEL.search(surface, position)) is not None:
        start = match.end()
        following = _LABEL.search(surface, _end_of_object(text, start))
        end = following.start() if following else len(text)
        sections.append((match.group(1), text[start:end].strip()))
        position = end
        if following is None or len(sections) > MOST_SECTIONS:
            break
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
