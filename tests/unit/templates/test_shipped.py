"""The templates that ship: what they propose is what their tools take."""

import re
from pathlib import Path

import pytest
import yaml

from interlock.config_files import read_config
from processors.templates import (
    Matched,
    TemplateInputs,
    check_template,
    expand,
    match_patterns,
)
from processors.templates.functions import FILTER_NAMES, FUNCTIONS, TEST_NAMES
from processors.validation import check_params
from schemas.events import JsonObject
from schemas.settings import ActionTemplate
from tests.unit.templates.make import planned
from tests.unit.test_config_files import in_force

SHIPPED = in_force(read_config(Path(__file__).parents[3] / "config"))


def proposed(name: str, inputs: TemplateInputs) -> list[tuple[str, JsonObject]]:
    """Tool and parameters of each planned action; the tool's schema takes them."""
    found = [(p.tool, p.params) for p in planned(SHIPPED.templates[name], inputs)]
    for tool, params in found:
        _, plugin = SHIPPED.resolve(tool)
        assert plugin is not None
        assert check_params(plugin.parameters, params) == []
    return found


@pytest.mark.parametrize(
    ("params", "context", "customer"),
    [
        ({"customer": "C-17"}, {}, "C-17"),
        ({}, {"cliente": "C-18"}, "C-18"),
        ({"customer": "C-17"}, {"cliente": "C-18"}, "C-17"),
    ],
)
def test_a_query_takes_the_customer_from_the_model_else_the_context(
    params: JsonObject, context: JsonObject, customer: str
) -> None:
    inputs = TemplateInputs(params=params, context=context)
    assert proposed("consultar_cliente", inputs) == [("crm-query", {"customer": customer})]


@pytest.mark.parametrize(
    ("line", "name", "params"),
    [
        (
            "Crear tarea: Revisar el stock de C-17 (prioridad Alta)",
            "crear_tarea",
            {"titulo": "Revisar el stock de C-17", "prioridad": "alta"},
        ),
        ("crear tarea: llamar", "crear_tarea", {"titulo": "llamar", "prioridad": "media"}),
        ("Notificar al equipo: mañana cerramos", "notificar_equipo", {"tipo": "info"}),
        ("Avisar al equipo de: cierre", "notificar_equipo", {"mensaje": "cierre"}),
    ],
)
def test_a_line_becomes_an_action(line: str, name: str, params: JsonObject) -> None:
    found = match_patterns(SHIPPED.templates, f"Voy a ello.\n{line}\nHecho.", "demo")
    assert isinstance(found, Matched)
    assert found.name == name
    ((_, made),) = proposed(name, TemplateInputs(match=found.match))
    assert made.items() >= params.items()


@pytest.mark.parametrize(
    "text", ["Podríamos crear tarea: x", "¿Crear tarea: x?", "«Notificar al equipo: x»"]
)
def test_a_sentence_that_mentions_one_becomes_none(text: str) -> None:
    assert match_patterns(SHIPPED.templates, text, "demo") is None


ANOMALY = "investigar_anomalia_ventas"


def test_a_grave_anomaly_is_a_task_and_then_a_notification() -> None:
    inputs = TemplateInputs(
        params={"prioridad": "alta"}, context={"periodo": "Q4", "desviacion": -12.345}
    )
    task, notification = proposed(ANOMALY, inputs)
    assert task[1]["titulo"] == "Investigar anomalía en ventas Q4"
    assert str(task[1]["descripcion"]).endswith("Desviación: -12.3 %.")
    assert notification[0] == "send_notification"
    assert planned(SHIPPED.templates[ANOMALY], inputs)[1].depends_on == (0,)


def test_any_other_anomaly_is_a_task_only() -> None:
    ((tool, params),) = proposed(ANOMALY, TemplateInputs(context={"periodo": "Q4"}))
    assert (tool, params["prioridad"]) == ("create_task", "media")


def test_an_anomaly_without_a_period_is_told() -> None:
    found = expand(ANOMALY, SHIPPED.templates[ANOMALY], TemplateInputs())
    assert not isinstance(found, list)
    assert found.errors[0].code == "template_context_invalid"


GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "templates.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.+?)```", GUIDE, re.DOTALL)


def test_the_guides_examples_are_sound() -> None:
    assert len(EXAMPLES) == 3
    for text in EXAMPLES:
        ((name, said),) = yaml.safe_load(text).items()
        assert name in SHIPPED.templates
        assert check_template(ActionTemplate.model_validate(said, extra="forbid")) == []


def test_the_guide_names_every_filter_test_and_function() -> None:
    for name in (*FILTER_NAMES, *TEST_NAMES, *FUNCTIONS):
        assert re.search(rf"`[^`\n]*\b{name}\b", GUIDE), name
