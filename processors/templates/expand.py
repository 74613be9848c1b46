"""A template and a response's inputs become planned actions, all of them or none."""

from dataclasses import dataclass

from processors.templates.compiled import Compiled, CompiledStep, compiled, render
from processors.templates.engine import Roots
from processors.templates.failures import NOT_TEXT, TemplateFailure
from processors.templates.inputs import ROOTS, TemplateInputs
from processors.templates.values import Intake
from processors.validation import MOST_ERRORS, check_params
from schemas.events import FieldError, JsonObject, Strategy
from schemas.names import RiskLevel
from schemas.settings import ActionTemplate

CONDITION_NOT_BOOLEAN = "template_condition_not_boolean"
CONTEXT_INVALID = "template_context_invalid"
UNUSABLE = "template_unusable"


@dataclass(frozen=True, slots=True)
class Planned:
    """One action a template proposes."""

    step: str
    tool: str
    """An action type, a tool or an alias, maybe with a version range."""
    params: JsonObject
    strategy: Strategy | None
    risk_level: RiskLevel | None
    not_before: str | None
    """As rendered; whoever drafts it reads the instant."""
    confidence: float | None
    depends_on: tuple[int, ...]
    """Places in the list of planned actions, all before its own."""
    condition: str | None
    """The expression that held, for the record."""
    template: str
    template_version: str


@dataclass(frozen=True, slots=True)
class NotExpanded:
    """Why a template proposes nothing although it should; at least one error, at most ten."""

    errors: tuple[FieldError, ...]


def expand(
    name: str, template: ActionTemplate, inputs: TemplateInputs
) -> list[Planned] | NotExpanded:
    """The template's steps in order; empty when conditions leave out every one."""
    ready = compiled(template)
    if ready.problems:
        # Such a template is never in force (`check_template`); who asks anyway is told.
        problem = ready.problems[0]
        error = FieldError(
            code=UNUSABLE, text=problem.text[:500], pointer=problem.pointer, rule=name
        )
        return NotExpanded((error,))
    if errors := _context_errors(name, template, inputs):
        return NotExpanded(errors)
    expansion = _Expansion(name, ready)
    return expansion.run(inputs)


def _context_errors(
    name: str, template: ActionTemplate, inputs: TemplateInputs
) -> tuple[FieldError, ...]:
    if not isinstance(template.context_schema, dict):
        return ()
    return tuple(
        error.model_copy(update={"code": CONTEXT_INVALID, "pointer": f"/context{error.pointer}"})
        for error in check_params(template.context_schema, inputs.context, named_only=False)
    )


class _Expansion:
    def __init__(self, name: str, ready: Compiled) -> None:
        self._name = name
        self._ready = ready
        self._planned: list[Planned] = []
        self._places: dict[str, int] = {}
        """By name of a step that stays: its place among the planned."""
        self._errors: list[FieldError] = []

    def run(self, inputs: TemplateInputs) -> list[Planned] | NotExpanded:
        intake = Intake()
        try:
            roots: Roots = {
                root: intake.copy(inputs.root(root), root)
                for root in ROOTS
                if root in self._ready.roots
            }
        except TemplateFailure as failure:
            return NotExpanded((self._error(failure, "", ""),))
        for index, step in enumerate(self._ready.steps):
            self._step(index, step, roots)
        if self._errors:
            return NotExpanded(tuple(self._errors[:MOST_ERRORS]))
        return self._planned

    def _step(self, index: int, compiled_step: CompiledStep, roots: Roots) -> None:
        step = compiled_step.step
        if any(name not in self._places for name in step.depends_on):
            return
        if not self._holds(index, compiled_step, roots):
            return
        # A step that fails has its place too: what depends on it is not left out silently.
        self._places[step.name] = len(self._planned)
        params = self._params(compiled_step, roots)
        not_before = self._not_before(index, compiled_step, roots)
        self._planned.append(
            Planned(
                step=step.name,
                tool=step.tool,
                params=params,
                strategy=step.strategy,
                risk_level=step.risk_level,
                not_before=not_before,
                confidence=step.confidence,
                depends_on=tuple(self._places[name] for name in step.depends_on),
                condition=step.condition,
                template=self._name,
                template_version=self._ready.template.version,
            )
        )

    def _holds(self, index: int, compiled_step: CompiledStep, roots: Roots) -> bool:
        if compiled_step.condition is None:
            return True
        pointer = f"/steps/{index}/condition"
        try:
            held = render(compiled_step.condition, self._ready.engine, roots)
        except TemplateFailure as failure:
            self._fail(failure, compiled_step, "condition", pointer)
            return False
        if not isinstance(held, bool):
            reason = TemplateFailure(CONDITION_NOT_BOOLEAN, "it is neither true nor false")
            self._fail(reason, compiled_step, "condition", pointer)
            return False
        return held

    def _params(self, compiled_step: CompiledStep, roots: Roots) -> JsonObject:
        params: JsonObject = {}
        for name, tree in compiled_step.parameters.items():
            try:
                params[name] = render(tree, self._ready.engine, roots)
            except TemplateFailure as failure:
                self._fail(
                    failure, compiled_step, f"parameter `{name}`", compiled_step.pointers[name]
                )
        return params

    def _not_before(self, index: int, compiled_step: CompiledStep, roots: Roots) -> str | None:
        if compiled_step.not_before is None:
            return None
        try:
            text = render(compiled_step.not_before, self._ready.engine, roots)
            if text is None or isinstance(text, str):
                return text
            raise TemplateFailure(NOT_TEXT, "it is an instant, written as RFC 3339 has it")
        except TemplateFailure as failure:
            self._fail(failure, compiled_step, "not_before", f"/steps/{index}/not_before")
            return None

    def _fail(
        self, failure: TemplateFailure, compiled_step: CompiledStep, what: str, pointer: str
    ) -> None:
        place = f"step `{compiled_step.step.name}`, {what}: "
        self._errors.append(self._error(failure, place, pointer))

    def _error(self, failure: TemplateFailure, place: str, pointer: str) -> FieldError:
        return FieldError(
            code=failure.code,
            text=f"{place}{failure.text}"[:500],
            pointer=pointer,
            rule=f"{self._name}@{self._ready.template.version}",
            expected=failure.variable and failure.variable[:256],
        )
