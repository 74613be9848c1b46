"""Inputs and templates that mean harm: nothing is rendered twice, nothing runs for long."""

import copy
import re
import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from processors.templates import NotExpanded, TemplateInputs, check_template, expand
from processors.templates.engine import Engine
from processors.templates.failures import TemplateFailure
from processors.templates.language import read_text
from processors.templates.tokens import Refused
from processors.templates.values import MOST_CHARACTERS
from tests.examples import examples
from tests.unit.templates.make import error, of_text, problem, step, template, value

INJECTED = "{{ 7*7 }}{% for i in range(9) %}x{% endfor %}{{ params.secret }}{# #}"


@pytest.mark.parametrize("where", ["thought", "params", "context", "match", "user", "tenant"])
def test_what_is_inserted_is_never_rendered(where: str) -> None:
    said: JsonValue = INJECTED if where == "thought" else {"x": INJECTED}
    inputs = TemplateInputs(**{where: said})  # type: ignore[arg-type]
    name = where if where == "thought" else f"{where}.x"
    assert value(f"{{{{ {name} }}}}", inputs) == INJECTED
    assert value(f"a {{{{ {name} }}}} b", inputs) == f"a {INJECTED} b"
    assert value(f"{{{{ {name} ~ '' }}}}", inputs) == INJECTED


def test_a_quote_does_not_end_an_expressions_text() -> None:
    inputs = TemplateInputs(params={"x": "' ~ context.secret ~ '", "y": '"}}{{ context }}'})
    assert value("{{ 'a' ~ params.x ~ params.y }}", inputs) == (
        "a' ~ context.secret ~ '\"}}{{ context }}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{{ context.pop('a') }}",
        "{{ params.s[::-1] }}",
        "{{ params.s[::1] }}",
        "{{ params.l[params.a:(2):params.b] }}",
        "{% for x in params.l[params.o['a']::-2] %}{{ x }}{% endfor %}",
        "{{ context['pop']('a') }}",
        "{{ (context.pop)('a') }}",
        "{{ context|items|first()('a') }}",
        "{{ context.__class__ }}",
        "{{ context._x }}",
        "{% set f = context.pop %}{{ f('a') }}",
        "{% for f in [context.pop] %}{{ f('a') }}{% endfor %}",
        "{% for range in [1] %}{{ range(2) }}{% endfor %}",
        "{% for loop in [1] %}{% endfor %}",
        "{{ context|attr('pop') }}",
        "{{ context|map('pop') }}",
        "{{ '%9999999d'|format(1) }}",
        "{{ 'x' * params.n }}",
        "{{ 'x' ** params.n }}",
        "{{ lipsum() }}{{ debug() }}{{ namespace() }}{{ cycler() }}",
        "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "{% for x in params.l recursive %}{{ loop(params.l) }}{% endfor %}",
        "{% set x = 'a' %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% block a %}{% endblock %}",
        "{% filter upper %}a{% endfilter %}",
        "{% autoescape true %}{% endautoescape %}",
        "{% do context.pop('a') %}",
        "{% raw %}{{ x }}{% endraw %}",
        "{% call f() %}{% endcall %}",
        "{{ {'a': 1} }}",
        "{{ '}}' ~ context.pop('a') }}",
        "{{ [context.gone] }}",
        "{{ (context.gone, 1) }}",
        "{{ 1 if params.n }}",
        "{{ self }}",
        "{{ loop }}",
        "{{ range }}",
        "{{ 1 | | 2 }}",
        "{{ }}",
        "{{ 'open }}",
        "{{ x",
        "{# x",
        "{% if true %}",
        "{% endfor %}",
        "{{ \ud800 }}",
        "{{ " + "(" * 400 + "1" + ")" * 400 + " }}",
        "{{ " + "1 + " * 50 + "1 }}",
        "{{ " + "-" * 3_000 + "1 }}",
        "{{ params.n }}" + "x" * 4_000,
        "{% for a in [1] %}" * 3 + "{% endfor %}" * 3,
    ],
)
def test_what_is_not_on_the_lists_is_refused_when_the_template_is_read(text: str) -> None:
    assert problem(text)
    assert isinstance(expand("t", of_text(text), TemplateInputs()), NotExpanded)


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in range(1000000000) %}x{% endfor %}",
        "{% for i in range(1000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}",
        "{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}",
        "{% for i in range(1000) %}" + "x" * 3_000 + "{% endfor %}",
        "{% for i in range(1000) %}{{ params.long }}{% endfor %}",
        "{% for a in [1] %}{{ params.long ~ params.long ~ params.long }}{% endfor %}",
        "{{ params.long ~ params.long }}",
        "{{ params.long|replace('a', params.long) }}",
        "{{ params.many|join(params.long) }}",
        "{{ params.slashes|tojson|tojson|tojson }}",
    ],
)
def test_what_would_cost_too_much_ends_in_an_error_and_soon(text: str) -> None:
    inputs = TemplateInputs(
        params={"long": "a" * 9_000, "many": ["a"] * 900, "slashes": "\\" * 4_000}
    )
    start = time.monotonic()
    assert error(text, inputs).code == "template_too_costly"
    assert time.monotonic() - start < 2


def test_loops_cannot_double_a_text_until_memory_ends() -> None:
    text = (
        "{% for a in [1] if params.x " + "~ params.x " * 7 + "%}"
        "{% for b in range(1000) if params.x " + "~ params.x " * 8 + "!= 'b' %}{% endfor %}"
        "{% endfor %}"
    )
    assert check_template(of_text(text)) == []
    start = time.monotonic()
    expand("t", of_text(text), TemplateInputs(params={"x": "a" * 190_000}))
    assert time.monotonic() - start < 10


def nested(depth: int) -> JsonValue:
    found: JsonValue = "x"
    for _ in range(depth):
        found = [found]
    return found


class PanicException(BaseException):
    """What PyO3 raises where the engine panics is no `Exception`."""


@pytest.mark.parametrize("raised", [PanicException, MemoryError, AttributeError])
def test_an_engine_that_panics_fails_the_template_and_nothing_else(
    raised: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(*_: object, **__: object) -> str:
        raise raised("index out of bounds")

    engine = Engine()
    number = engine.add(read_text("{{ params.s }}"))
    monkeypatch.setattr(engine, "_values", SimpleNamespace(render_template=panic))
    with pytest.raises(TemplateFailure, match="the engine fails") as failed:
        engine.render(number, {"params": {"s": ""}})
    assert failed.value.code == "template_failed"
    monkeypatch.setattr(engine, "_values", SimpleNamespace(add_template=panic))
    with pytest.raises(Refused, match="the engine fails"):
        engine.add(read_text("{{ params.s }}"))


@pytest.mark.parametrize("depth", [33, 900, 100_000])
def test_inputs_that_are_too_deep_are_told(depth: int) -> None:
    deep = TemplateInputs(params={"x": nested(depth)}, context={"a": 1})
    assert error("{{ params.x }}", deep).code == "template_input_unusable"
    # What a template does not look at does not matter to it.
    assert value("{{ context.a }}", deep) == 1


@pytest.mark.parametrize("said", [["x"] * 20_000, "x" * 300_000, {"k" * 300_000: 1}])
def test_inputs_that_are_too_large_are_told(said: JsonValue) -> None:
    inputs = TemplateInputs(params={"x": said})
    assert error("{{ params.x|length }}", inputs).code == "template_too_costly"


def test_a_text_is_not_longer_than_its_bound() -> None:
    fits = TemplateInputs(params={"x": "a" * MOST_CHARACTERS})
    assert value("{{ params.x }}", fits) == "a" * MOST_CHARACTERS
    assert error("{{ params.x }}b", fits).code == "template_too_costly"
    assert problem("a" * (MOST_CHARACTERS + 1))


def test_half_a_surrogate_pair_is_told_and_not_replaced() -> None:
    assert error("{{ params.x }}", TemplateInputs(params={"x": "a\ud800"})).code == (
        "template_input_unusable"
    )
    assert problem("a\ud800")


@pytest.mark.parametrize("text", ["é", "😀", "\u202e", "e\u0301", "\x00", "\u2028", "ﬀ"])
def test_characters_pass_unchanged(text: str) -> None:
    inputs = TemplateInputs(params={"x": text})
    assert value("{{ params.x }}", inputs) == text
    assert value(f"ñ{{{{ params.x }}}}{text}", inputs) == f"ñ{text}{text}"


SIGNS = st.sampled_from(
    re.findall(
        r"\S+",
        """{{ }} {% %} {# #} ' " \\ | . ( ) [ ] - + ~ * = , : é for in if else endif endfor is
        not defined params params.a context x loop default items upper range pop __class__ raw
        set macro tojson join 1 0.5 true""",
    )
)
SPACES = st.sampled_from(["", " ", "\n"])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(st.lists(SIGNS | SPACES, max_size=25).map("".join), ANY_JSON)
@settings(max_examples=examples(3), deadline=None)
def test_no_text_and_no_input_raises_or_changes_what_it_was_given(
    text: str, said: JsonValue
) -> None:
    params: dict[str, JsonValue] = {"a": said, "b": [1, {"c": "x"}]}
    before = copy.deepcopy(params)
    made = template(step(parameters={"p": text}, condition=None))
    first = expand("t", made, TemplateInputs(params=params))
    second = expand("t", made, TemplateInputs(params=params))
    assert repr(first) == repr(second)
    assert repr(params) == repr(before)
    if check_template(made):
        assert isinstance(first, NotExpanded)
