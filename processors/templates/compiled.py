"""A template's texts read and compiled, once for each content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pydantic import JsonValue

from processors.pointers import escaped
from processors.templates.engine import Engine, Roots
from processors.templates.failures import TemplateFailure, TemplateProblem
from processors.templates.language import Source, is_constant, read_expression, read_text
from processors.templates.tokens import Refused
from processors.templates.values import DEEPEST, scalar
from schemas.settings import ActionTemplate, TemplateStep

MOST_TEXTS = 200
CACHED = 512


@dataclass(frozen=True, slots=True)
class Rendered:
    """A place in a step's parameters whose text is rendered; the rest is as written."""

    number: int


Tree = Rendered | None | bool | int | float | str | list["Tree"] | dict[str, "Tree"]


@dataclass(frozen=True, slots=True)
class CompiledStep:
    step: TemplateStep
    parameters: Mapping[str, Tree]
    """The step's own, then `defaults` it does not name."""
    pointers: Mapping[str, str]
    """Where each parameter stands in the template."""
    condition: Rendered | None
    not_before: Tree


@dataclass(frozen=True, slots=True)
class Compiled:
    template: ActionTemplate
    engine: Engine
    steps: tuple[CompiledStep, ...]
    roots: frozenset[str]
    """Those its texts look at: no other input is copied."""
    paths: frozenset[tuple[str | int, ...]]
    problems: tuple[TemplateProblem, ...]


def render(tree: Tree, engine: Engine, roots: Roots) -> JsonValue:
    """
    Raises:
        TemplateFailure: a text gives nothing.
    """
    if isinstance(tree, Rendered):
        return engine.render(tree.number, roots)
    if isinstance(tree, dict):
        return {key: render(item, engine, roots) for key, item in tree.items()}
    if isinstance(tree, list):
        return [render(item, engine, roots) for item in tree]
    return tree


def compiled(template: ActionTemplate) -> Compiled:
    """By content, not by identity: the same template read twice is compiled once."""
    try:
        content = template.model_dump_json()
    except ValueError:
        problem = TemplateProblem("a text holds half a surrogate pair")
        return Compiled(template, Engine(), (), frozenset(), frozenset(), (problem,))
    return _compiled(content)


@lru_cache(maxsize=CACHED)
def _compiled(content: str) -> Compiled:
    template = ActionTemplate.model_validate_json(content)
    compiler = _Compiler()
    steps = tuple(compiler.step(step, i) for i, step in enumerate(template.steps))
    return Compiled(
        template=template,
        engine=compiler.engine,
        steps=steps,
        roots=frozenset(str(path[0]) for path in compiler.paths),
        paths=frozenset(compiler.paths),
        problems=tuple(compiler.problems),
    )


@dataclass(slots=True)
class _Compiler:
    engine: Engine = field(default_factory=Engine)
    paths: set[tuple[str | int, ...]] = field(default_factory=set)
    problems: list[TemplateProblem] = field(default_factory=list)
    _texts: int = 0

    def step(self, step: TemplateStep, index: int) -> CompiledStep:
        place = f"/steps/{index}"
        parameters: dict[str, Tree] = {}
        pointers: dict[str, str] = {}
        for group, said in (("parameters", step.parameters), ("defaults", step.defaults)):
            for name, value in said.items():
                if name not in parameters:
                    pointers[name] = f"{place}/{group}/{escaped(name)}"
                    self._name(name, pointers[name])
                    parameters[name] = self.tree(value, pointers[name])
        condition = None
        if step.condition is not None:
            condition = self._add(step.condition, f"{place}/condition", expression=True)
        return CompiledStep(
            step=step,
            parameters=parameters,
            pointers=pointers,
            condition=condition,
            not_before=self.tree(step.not_before, f"{place}/not_before"),
        )

    def tree(self, value: JsonValue, pointer: str, depth: int = 0) -> Tree:
        if isinstance(value, str):
            if not is_constant(value):
                return self._add(value, pointer)
        elif isinstance(value, dict | list) and depth == DEEPEST:
            self.problems.append(TemplateProblem(f"deeper than {DEEPEST} levels", pointer))
            return None
        elif isinstance(value, dict):
            tree: dict[str, Tree] = {}
            for key, item in value.items():
                self._name(key, pointer)
                tree[key] = self.tree(item, f"{pointer}/{escaped(key)}", depth + 1)
            return tree
        elif isinstance(value, list):
            return [self.tree(item, f"{pointer}/{i}", depth + 1) for i, item in enumerate(value)]
        try:
            return scalar(value)
        except TemplateFailure as failure:
            self.problems.append(TemplateProblem(failure.text, pointer))
            return None

    def _name(self, name: str, pointer: str) -> None:
        if not is_constant(name):
            self.problems.append(TemplateProblem("a parameter's name is no template", pointer))

    def _add(self, text: str, pointer: str, *, expression: bool = False) -> Rendered | None:
        self._texts += 1
        try:
            if self._texts > MOST_TEXTS:
                raise Refused(f"a template renders at most {MOST_TEXTS} texts")
            source: Source = read_expression(text) if expression else read_text(text)
            number = self.engine.add(source)
        except Refused as refused:
            self.problems.append(TemplateProblem(str(refused), pointer))
            return None
        self.paths.update(path.steps for path in source.paths)
        return Rendered(number)
