"""What keeps a template from being in force, found when it is read."""

import re

import semver
from pydantic import JsonValue

from processors.templates.compiled import compiled
from processors.templates.failures import TemplateProblem
from processors.templates.patterns import check_patterns, group_names
from processors.validation import check_schema
from schemas.settings import ActionTemplate

_LONGEST_NAME = 128
_RANGE = re.compile(r"[0-9A-Za-z.^~<>=!,*+ -]{1,64}")


def check_template(template: ActionTemplate) -> list[TemplateProblem]:
    """Everything that is wrong; a template with problems is not in force."""
    patterns = check_patterns(template)
    return [
        *_version(template),
        *patterns,
        *_context_schema(template.context_schema),
        *_steps(template),
        *compiled(template).problems,
        *([] if patterns else _groups(template)),
    ]


def tool_name(reference: str) -> str:
    """The name in a reference such as `crm-query@^1.2`."""
    return reference.partition("@")[0]


def _version(template: ActionTemplate) -> list[TemplateProblem]:
    if semver.Version.is_valid(template.version):
        return []
    return [TemplateProblem("the version is no semantic version, such as 1.0.0", "/version")]


def _context_schema(schema: JsonValue) -> list[TemplateProblem]:
    place = "/context_schema"
    if schema is None:
        return []
    if not isinstance(schema, dict):
        return [TemplateProblem("a JSON Schema of the context is an object", place)]
    if _refers_elsewhere(schema):
        # Reading it would be I/O, and its content could change without a record.
        return [TemplateProblem("the schema refers to another document", place)]
    try:
        check_schema(schema)
    except ValueError as error:
        reason = str(error).removeprefix("parameters ").removeprefix("is ")
        return [TemplateProblem(reason, place)]
    return []


def _refers_elsewhere(schema: JsonValue) -> bool:
    if isinstance(schema, dict):
        for key in ("$ref", "$dynamicRef"):
            reference = schema.get(key)
            if isinstance(reference, str) and not reference.startswith("#"):
                return True
        return any(_refers_elsewhere(item) for item in schema.values())
    if isinstance(schema, list):
        return any(_refers_elsewhere(item) for item in schema)
    return False


def _steps(template: ActionTemplate) -> list[TemplateProblem]:
    problems: list[TemplateProblem] = []
    earlier: set[str] = set()
    for i, step in enumerate(template.steps):
        place = f"/steps/{i}"
        if not _is_label(step.name):
            problems.append(TemplateProblem("the step's name is not readable", f"{place}/name"))
        if step.name in earlier:
            text = f"two steps are named `{step.name}`"
            problems.append(TemplateProblem(text, f"{place}/name"))
        for name in step.depends_on:
            if name not in earlier:
                # Only backwards: so there are no circles.
                text = f"step `{step.name}` depends on `{name}`, which is no earlier step"
                problems.append(TemplateProblem(text, f"{place}/depends_on"))
        if (wrong := _reference(step.tool)) is not None:
            problems.append(TemplateProblem(wrong, f"{place}/tool"))
        earlier.add(step.name)
    return problems


def _reference(tool: str) -> str | None:
    name, at, version_range = tool.partition("@")
    if not _is_label(name):
        return "the tool's name is not readable"
    if at and not _RANGE.fullmatch(version_range):
        return f"`{version_range[:64]}` is no range of versions"
    return None


def _is_label(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable() and text == text.strip()


def _groups(template: ActionTemplate) -> list[TemplateProblem]:
    """Look-ups such as `match.x` that no pattern could ever answer."""
    if not template.patterns:
        return []
    names = group_names(template)
    asked = {str(p[1]) for p in compiled(template).paths if p[0] == "match" and len(p) > 1}
    return [
        TemplateProblem(f"no pattern has a group `{name}`", "/patterns")
        for name in sorted(asked - names)
    ]
