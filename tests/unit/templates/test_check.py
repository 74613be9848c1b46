"""What keeps a template from being in force, and what then becomes of it."""

from typing import Any

import pytest

from processors.settings_log import apply
from processors.snapshot import Snapshot
from processors.templates import check_template, tool_name
from schemas.events import Setting
from schemas.names import SettingKind
from schemas.settings import ActionTemplate
from tests.unit.templates.make import of_text, problem, step, template
from tests.unit.test_snapshot import AT


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (template(version="1"), "/version: the version is no semantic version"),
        (template(step("a"), step("a")), "two steps are named `a`"),
        (template(step("a", depends_on=["a"])), "`a`, which is no earlier step"),
        (template(step("a", depends_on=["b"]), step("b")), "`b`, which is no earlier step"),
        (template(step(" ")), "name is not readable"),
        (template(step(tool="")), "tool's name is not readable"),
        (template(step(tool=" x")), "tool's name is not readable"),
        (template(step(tool="x\n")), "tool's name is not readable"),
        (template(step(tool="x@")), "no range of versions"),
        (template(step(tool="x@{{ params.v }}")), "no range of versions"),
        (template(step(condition="{{ true }}")), "/steps/0/condition: a condition is"),
        (template(step(condition="")), "/steps/0/condition: "),
        (template(step(condition="1 +")), "/steps/0/condition: "),
        (template(step(condition="nobody > 1")), "there is no variable `nobody`"),
        (template(step(not_before="{{ now() }}")), "there is no function `now`"),
        (template(step(defaults={"a/b": ["{{ x }}"]})), "/steps/0/defaults/a~1b/0: "),
        (template(context_schema=[1]), "is an object"),
        (template(context_schema={"type": "no such"}), "/context_schema: no JSON Schema"),
        (template(context_schema={"$ref": "http://x/y"}), "refers to another document"),
        (template(step(parameters={"p": "{{ match.b }}"}), patterns=["(?P<a>x)"]), "group `b`"),
        (of_text(2**64), "64 bits"),
        (of_text("{{ params.a }}" * 1_000), "at most 4000 characters"),
        (of_text(["{{ params.a }}"] * 201), "at most 200 texts"),
    ],
)
def test_a_wrong_template_is_told_where_and_why(made: ActionTemplate, text: str) -> None:
    assert text in problem(made)


def test_all_that_is_wrong_is_told() -> None:
    made = template(step(tool="", condition="("), version="x", patterns=["("])
    assert len(check_template(made)) == 4


@pytest.mark.parametrize("tool", ["create_task", "crm-query@^1.2", "a.b@>=1.0, <2", "crear tarea"])
def test_a_tool_is_named_with_or_without_a_range(tool: str) -> None:
    assert check_template(template(step(tool=tool))) == []
    assert tool_name(tool) == tool.split("@")[0]


def in_force(*values: dict[str, Any] | None) -> Snapshot:
    snapshot = Snapshot()
    for offset, value in enumerate(values):
        said = Setting(kind=SettingKind.TEMPLATE, key="t", value=value, actor="a", at=AT)
        snapshot = apply(snapshot, offset, said, {})
    return snapshot


GOOD: dict[str, Any] = {"version": "1.0.0", "steps": [{"tool": "create_task"}]}


def test_a_template_is_in_force_until_it_is_deleted() -> None:
    assert in_force(GOOD).templates["t"].steps[0].tool == "create_task"
    assert in_force(GOOD, None).templates == {}


@pytest.mark.parametrize(
    "bad",
    [
        {**GOOD, "version": "one"},
        {**GOOD, "patterns": ["("]},
        {**GOOD, "steps": []},
        {"version": "1.0.0", "steps": [{"tool": "x", "parameters": {"a": "{{ x }}"}}]},
    ],
)
def test_of_an_unreadable_template_nothing_is_in_force(bad: dict[str, Any]) -> None:
    now = in_force(GOOD, bad)
    assert now.templates == {}
    assert (now.problem_count, now.problems[0].code) == (1, "value_unreadable")
    assert in_force(GOOD, bad, GOOD).templates
