"""Lines of a text that ask for a template."""

import random
import time

import pytest

from processors.formats.proposal import Unreadable
from processors.templates import Matched, check_template, match_patterns, patterns
from schemas.settings import ActionTemplate
from tests.unit.templates.make import problem, step, template

TASK = r"(?i)crear tarea: (?P<titulo>.+?)(?: \(para (?P<quien>\w+)\))?"


def with_patterns(*patterns: str, **fields: object) -> ActionTemplate:
    return template(step(), patterns=list(patterns), **fields)


TEMPLATES = {
    "tarea": with_patterns(TASK, r"tarea = (?P<titulo>.+)"),
    "aviso": with_patterns(r"Avisar: (?P<mensaje>.+)"),
}


def matched(text: str, templates: dict[str, ActionTemplate] = TEMPLATES) -> object:
    found = match_patterns(templates, text, "demo")
    return (found.name, found.match) if isinstance(found, Matched) else found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crear tarea: Año nuevo", ("tarea", {"titulo": "Año nuevo"})),
        (
            "Pienso.\r\n\t CREAR TAREA: x (para ana) \r\nYa.",
            ("tarea", {"titulo": "x", "quien": "ana"}),
        ),
        ("Avisar: todo", ("aviso", {"mensaje": "todo"})),
        ("Habría que Avisar: todo", None),
        ("Avisar: ", None),
        ("> Avisar: todo", None),
        ("Avisar:\ntodo", None),
        ("nada", None),
        ("", None),
        ("Avisar: \ud800", None),
    ],
)
def test_a_pattern_matches_a_whole_line(text: str, expected: object) -> None:
    assert matched(text) == expected


def test_groups_that_took_no_part_are_undefined_not_empty() -> None:
    assert matched("crear tarea: x") == ("tarea", {"titulo": "x"})


def test_the_same_twice_counts_once() -> None:
    assert matched("Avisar: a\nAvisar: a") == ("aviso", {"mensaje": "a"})


@pytest.mark.parametrize("text", ["Avisar: a\nAvisar: b", "Avisar: a\nCrear tarea: b"])
def test_two_that_match_are_refused(text: str) -> None:
    found = match_patterns(TEMPLATES, text, "demo")
    assert isinstance(found, Unreadable)
    assert found.code == "template_ambiguous"


def test_two_templates_on_one_line_are_refused_and_two_patterns_are_not() -> None:
    both = {"a": with_patterns("x(?P<a>.)"), "b": with_patterns("x.")}
    assert isinstance(match_patterns(both, "xy", "demo"), Unreadable)
    one = {"a": with_patterns("x(?P<a>.)", "x.")}
    assert matched("xy", one) == ("a", {"a": "y"})


def test_only_active_templates_of_the_tenant_are_tried() -> None:
    templates = {
        "off": with_patterns("x.", is_active=False),
        "other": with_patterns("x.", tenants=["acme"]),
        "mine": with_patterns("x.", tenants=["acme", "demo"]),
    }
    assert matched("xy", templates) == ("mine", {})
    assert isinstance(match_patterns(templates, "xy", "acme"), Unreadable)
    assert match_patterns(templates, "xy", "nobody") is None


def test_long_lines_and_late_lines_are_passed_over() -> None:
    assert matched("Avisar: " + "a" * 2_000) is None
    assert matched("\n" * 1_999 + "Avisar: a") == ("aviso", {"mensaje": "a"})
    assert matched("\n" * 2_000 + "Avisar: a") is None


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(", "RE2 cannot read it"),
        (r"(?P<a>x)\1", "RE2 cannot read it"),
        (r"(?=x)y", "RE2 cannot read it"),
        ("a{1,999}b{1,999}", "too large"),
        ("((a{1,90}){1,90}){1,90}", "RE2 cannot read it"),
        ("x" * 501, "at most 500"),
        ("a*", "an empty line"),
        ("\ud800", "surrogate"),
    ],
)
def test_a_pattern_is_checked_when_it_is_read(pattern: str, text: str) -> None:
    problems = check_template(with_patterns(pattern))
    assert any(text in str(found) for found in problems), problems


def test_a_template_has_not_too_many_patterns() -> None:
    assert "at most 20" in problem(with_patterns(*(f"x{i}" for i in range(21))))


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|aa)+b", "(x+x+)+y", "(.*a){10}b"])
def test_what_explodes_in_other_engines_takes_no_time(pattern: str) -> None:
    templates = {"a": with_patterns(pattern)}
    assert check_template(templates["a"]) == []
    start = time.monotonic()
    for sign in "ax":
        assert match_patterns(templates, "\n".join([sign * 1_999] * 50), "demo") is None
    assert time.monotonic() - start < 2


def test_large_patterns_are_tried_on_fewer_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each makes an automaton of as many states as it may have; random text meets them all. With
    a tenth of the work, which takes a tenth of the time."""
    monkeypatch.setattr(patterns, "MOST_WORK", patterns.MOST_WORK // 10)
    generator = random.Random(7)
    lines = ["".join(generator.choice("ab") for _ in range(2_000)) for _ in range(250)]
    templates = {
        f"t{i}": with_patterns(*[rf".*a.{{{12 + j}}}b.*{i}" for j in range(20)]) for i in range(20)
    }
    start = time.monotonic()
    assert match_patterns(templates, "\n".join(lines), "demo") is None
    assert time.monotonic() - start < 6


def test_a_hundred_templates_on_two_thousand_lines_are_soon_tried() -> None:
    templates = {
        f"t{i}": with_patterns(rf"(?i)Crear tarea {i}: (?P<t>.+)", rf"Avisar {i}: (?P<m>.+)")
        for i in range(100)
    }
    text = "\n".join(f"una línea {i} de texto corriente, sin nada que hacer" for i in range(2_000))
    assert match_patterns(templates, text, "demo") is None
    best = min(_seconds(templates, text) for _ in range(10))
    # The promise is 20 ms.
    assert best < 0.05


def test_a_tenants_own_templates_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tenants have some, one response after the other."""
    compiled: list[object] = []
    original = patterns._LineSet

    def counted(given: tuple[tuple[str, tuple[str, ...]], ...]) -> object:
        compiled.append(given)
        return original(given)

    monkeypatch.setattr(patterns, "_LineSet", counted)
    patterns._line_set.cache_clear()
    tenants = [f"t{n}" for n in range(200)]
    own = {name: with_patterns(f"do {name}", tenants=[name]) for name in tenants}
    templates = {"all": with_patterns("do all"), **own}
    for _ in range(2):
        for tenant in tenants:
            found = match_patterns(templates, f"do {tenant}", tenant)
            assert isinstance(found, Matched)
            assert found.name == tenant
            other = match_patterns(templates, "do t0\ndo all", tenant)
            assert isinstance(other, Matched) or tenant == "t0"
    assert len(compiled) == len(tenants) + 1


def _seconds(templates: dict[str, ActionTemplate], text: str) -> float:
    start = time.perf_counter()
    match_patterns(templates, text, "demo")
    return time.perf_counter() - start
