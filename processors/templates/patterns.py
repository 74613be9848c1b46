"""Lines of a model's text that a template's pattern stands for.

A pattern must match a whole line: a sentence that only mentions one proposes nothing. RE2
takes linear time whatever the pattern and the text; a set of all patterns looks at a line
once, and only where it finds something are groups read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from processors.formats.proposal import Unreadable
from processors.templates.failures import TemplateProblem
from schemas.settings import ActionTemplate

MOST_LINES = 2_000
LONGEST_LINE = 2_000
MOST_LOOKED_AT = 500_000
"""Characters of all lines together; what comes after them is not looked at."""
MOST_PATTERNS = 20
LONGEST_PATTERN = 500
LARGEST_PROGRAM = 1_000
"""RE2's instructions for one pattern: what `{1,999}` within one another would exceed."""
MOST_WORK = 1_000_000_000
"""Instructions of all patterns, times characters looked at: with large patterns fewer characters
are. A few nanoseconds each at worst, when every character makes a state never met before."""
_PATTERN_MEMORY = 1 << 20
_SET_PROGRAM = 20_000
"""Instructions of one set at most."""
_SET_MEMORY = 16 << 20
"""Of a set so large, of others in proportion: its automaton always has room for its next states."""
CACHED = 1_024
"""Sets; a tenant with templates of its own has one."""
_AMBIGUOUS = "template_ambiguous"


_Patterns = tuple[str, tuple[str, ...]]
"""A template's name and its patterns."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The template a text asks for, and what the pattern's named groups hold."""

    name: str
    template: ActionTemplate
    match: dict[str, str]


def check_pattern(pattern: str) -> str | None:
    """What is wrong with a pattern, if anything."""
    if len(pattern) > LONGEST_PATTERN:
        return f"a pattern is at most {LONGEST_PATTERN} characters long"
    try:
        compiled = _compiled(pattern)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args else error
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(error)
        return f"RE2 cannot read it: {text}"
    if compiled.programsize > LARGEST_PROGRAM:
        return "the pattern is too large: its repetitions multiply"
    if compiled.fullmatch("") is not None:
        return "the pattern matches an empty line"
    return None


def check_patterns(template: ActionTemplate) -> list[TemplateProblem]:
    problems: list[TemplateProblem] = []
    if len(template.patterns) > MOST_PATTERNS:
        text = f"a template has at most {MOST_PATTERNS} patterns"
        return [TemplateProblem(text, "/patterns")]
    for i, pattern in enumerate(template.patterns):
        if (wrong := check_pattern(pattern)) is not None:
            problems.append(TemplateProblem(wrong, f"/patterns/{i}"))
    return problems


def group_names(template: ActionTemplate) -> frozenset[str]:
    """The names its patterns can give; the patterns are sound."""
    return frozenset(name for p in template.patterns for name in _compiled(p).groupindex)


def match_patterns(
    templates: Mapping[str, ActionTemplate], text: str, tenant: str
) -> Matched | Unreadable | None:
    """The one template whose pattern is a line of the text; None if there is none.

    Templates are those in force, so their patterns are sound. Two templates that match, or one
    that matches with different groups, are refused: nothing is guessed.
    """
    # Those of everybody are one set for all tenants: only a tenant's own are compiled for it.
    everybodys: list[_Patterns] = []
    own: list[_Patterns] = []
    for name, template in sorted(templates.items()):
        if template.patterns and template.is_active and admits(template, tenant):
            some = everybodys if "*" in template.tenants else own
            some.append((name, tuple(template.patterns)))
    lines = [_line_set(tuple(some)) for some in (everybodys, own) if some]
    if not lines:
        return None
    found: tuple[str, dict[str, str]] | None = None
    for candidate in _candidates(lines, text):
        if found is not None and candidate != found:
            return _ambiguous(found[0], candidate[0])
        found = candidate
    if found is None:
        return None
    name, groups = found
    return Matched(name, templates[name], groups)


def admits(template: ActionTemplate, tenant: str) -> bool:
    return "*" in template.tenants or tenant in template.tenants


def _ambiguous(first: str, second: str) -> Unreadable:
    if first == second:
        text = f"the template {first} matches more than one line, each with other values"
    else:
        text = f"the templates {first} and {second} both match"
    return Unreadable(_AMBIGUOUS, text)


def _candidates(lines: "list[_LineSet]", text: str) -> Iterator[tuple[str, dict[str, str]]]:
    room = min(MOST_LOOKED_AT, MOST_WORK // sum(some.program for some in lines))
    for line in text.split("\n", MOST_LINES)[:MOST_LINES]:
        trimmed = line.strip()
        if not trimmed or len(trimmed) > LONGEST_LINE:
            continue
        room -= len(trimmed)
        if room < 0:
            return
        for some in lines:
            yield from some.matches(trimmed)


class _LineSet:
    """All patterns of some templates."""

    def __init__(self, patterns: tuple[_Patterns, ...]) -> None:
        self._owners: list[list[tuple[str, str]]] = []
        """For each set, by the number of a pattern in it: the template's name, the pattern."""
        sizes: list[int] = []
        for name, texts in patterns:
            for pattern in texts:
                size = _compiled(pattern).programsize
                if not sizes or sizes[-1] + size > _SET_PROGRAM:
                    self._owners.append([])
                    sizes.append(0)
                sizes[-1] += size
                self._owners[-1].append((name, pattern))
        self.program = 1 + sum(sizes)
        """Instructions of all patterns together."""
        self._sets = [_set(*each) for each in zip(self._owners, sizes, strict=True)]

    def matches(self, line: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Each template that matches, once: of its patterns the first counts."""
        try:
            encoded = line.encode()
        except UnicodeEncodeError:
            return
        seen: set[str] = set()
        for lines, owners in zip(self._sets, self._owners, strict=True):
            for number in sorted(lines.Match(encoded) or ()):
                name, pattern = owners[number]
                match = _compiled(pattern).fullmatch(line) if name not in seen else None
                if match is not None:
                    seen.add(name)
                    yield name, {k: v for k, v in match.groupdict().items() if v is not None}


def _set(owners: list[tuple[str, str]], size: int) -> Any:
    memory = _SET_MEMORY * size // _SET_PROGRAM
    made = re2.Set.FullMatchSet(_options(_PATTERN_MEMORY + memory))
    for _, pattern in owners:
        made.Add(pattern)
    made.Compile()
    return made


@lru_cache(maxsize=CACHED)
def _line_set(patterns: tuple[_Patterns, ...]) -> _LineSet:
    return _LineSet(patterns)


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> Any:
    return re2.compile(pattern, _options(_PATTERN_MEMORY))


def _options(memory: int) -> Any:
    options = re2.Options()
    options.max_mem = memory
    # RE2 would write to standard error.
    options.log_errors = False
    return options
