"""Templates and inputs as the tests write them."""

from typing import Any

from pydantic import JsonValue

from processors.templates import NotExpanded, Planned, TemplateInputs, check_template, expand
from schemas.events import FieldError
from schemas.settings import ActionTemplate, TemplateStep


def step(name: str = "main", **fields: Any) -> TemplateStep:
    return TemplateStep(**{"name": name, "tool": "create_task", **fields})


def template(*steps: TemplateStep, **fields: Any) -> ActionTemplate:
    return ActionTemplate(**{"version": "1.0.0", "steps": list(steps or [step()]), **fields})


def of_text(text: JsonValue) -> ActionTemplate:
    """One step with one parameter."""
    return template(step(parameters={"p": text}))


def planned(made: ActionTemplate, inputs: TemplateInputs | None = None) -> list[Planned]:
    found = expand("t", made, inputs or TemplateInputs())
    assert isinstance(found, list), found
    return found


def value(text: JsonValue, inputs: TemplateInputs | None = None) -> JsonValue:
    """What a parameter becomes; the template must be sound."""
    assert check_template(of_text(text)) == []
    (action,) = planned(of_text(text), inputs)
    return action.params["p"]


def error(made: ActionTemplate | str, inputs: TemplateInputs | None = None) -> FieldError:
    made = of_text(made) if isinstance(made, str) else made
    assert check_template(made) == []
    found = expand("t", made, inputs or TemplateInputs())
    assert isinstance(found, NotExpanded), found
    return found.errors[0]


def problem(made: ActionTemplate | str) -> str:
    """The first thing that keeps a template from being in force."""
    problems = check_template(of_text(made) if isinstance(made, str) else made)
    assert problems
    return str(problems[0])
