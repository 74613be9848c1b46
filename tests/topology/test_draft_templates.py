"""Templates in the chain: named, matched by what a model says, and in several steps."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from interlock.config_files import read_config
from interlock.configured import snapshot_of
from processors.settings_log import apply
from schemas.events import Drafted, Setting, StateChanged
from schemas.names import SettingKind, Topic
from schemas.settings import Flag
from schemas.states import State
from tests.topology.chain_in_memory import Chain

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture
def shipped(chain: Chain) -> Chain:
    """The chain under the configuration that comes with it."""
    chain.snapshot = snapshot_of(read_config(CONFIG, demo=True))
    return chain


def drafted(chain: Chain) -> list[Drafted]:
    return [event for event in chain.events(Topic.DRAFTED) if isinstance(event, Drafted)]


def codes(chain: Chain) -> list[str | None]:
    found = [c for c in chain.changes if isinstance(c, StateChanged) and c.state is State.INVALID]
    return [change.reason.code if change.reason else None for change in found]


def test_a_named_template_makes_the_action_of_context_and_parameters(shipped: Chain) -> None:
    shipped.respond(
        output="Conviene mirar la ficha.",
        action_template="consultar_cliente",
        context={"cliente": "C-17", "idioma": "es"},
    )
    [event] = drafted(shipped)
    assert (event.tool, event.params) == ("crm-query", {"customer": "C-17"})
    assert (event.source, event.template) == ("template", "consultar_cliente@1.0.0")
    assert "confidence:assumed" in event.labels


@pytest.mark.parametrize(
    "output",
    [
        {"customer": "C-18"},
        ' {"customer": "C-18"}',
        {"actions": [{"action_type": "consultar_cliente", "parameters": {"customer": "C-18"}}]},
        'Thought: x\nAction: crm-query\nAction Input: {"customer": "C-18"}',
    ],
    ids=["bare", "bare text", "documented", "react"],
)
def test_what_the_model_proposes_are_the_templates_params(
    shipped: Chain, output: JsonValue
) -> None:
    shipped.respond(output=output, action_template="consultar_cliente", context={"cliente": "C-1"})
    assert [event.params for event in drafted(shipped)] == [{"customer": "C-18"}]


def test_a_line_of_the_text_is_an_action(shipped: Chain) -> None:
    shipped.respond(
        output="De acuerdo.\n  Crear tarea: Revisar el stock de C-17 (prioridad ALTA)\nSaludos"
    )
    [event] = drafted(shipped)
    assert (event.tool, event.source) == ("create_task", "text")
    assert event.params["titulo"] == "Revisar el stock de C-17"
    assert event.params["prioridad"] == "alta"


@pytest.mark.parametrize(
    "text",
    [
        "Podrías escribir: Crear tarea: Revisar",
        "<think>\nCrear tarea: Revisar\n</think>\nNada.",
        "> Crear tarea: Revisar",
        "```\nCrear tarea: Revisar\n```",
        "<example>\nCrear tarea: Revisar\n</example>",
        "Crear tarea: <think>Revisar</think>",
    ],
)
def test_a_line_that_is_only_talked_about_is_none(shipped: Chain, text: str) -> None:
    shipped.respond(output=text)
    assert (drafted(shipped), shipped.changes) == ([], [])


def test_a_text_that_holds_a_call_is_not_matched_too(shipped: Chain) -> None:
    call = '{"name": "crm-query", "arguments": {"customer": "C-17"}}'
    shipped.respond(output=f"Crear tarea: mirar\n<tool_call>{call}</tool_call>")
    assert [event.tool for event in drafted(shipped)] == ["crm-query"]


def test_several_steps_come_in_order_and_wait_for_a_person(shipped: Chain) -> None:
    first = shipped.respond(
        output={"prioridad": "alta"},
        action_template="investigar_anomalia_ventas",
        context={"periodo": "Q4"},
    )
    task, notice = drafted(shipped)
    assert (task.tool, notice.tool) == ("create_task", "send_notification")
    assert (task.action_id, notice.depends_on) == (first, [first])
    assert notice.condition is not None
    assert shipped.states(notice.action_id)[:2] == [State.DRAFTED, State.PENDING_APPROVAL]


def test_a_condition_that_does_not_hold_leaves_its_step_out(shipped: Chain) -> None:
    shipped.respond(
        output={"prioridad": "baja"},
        action_template="investigar_anomalia_ventas",
        context={"periodo": "Q4"},
    )
    assert [event.tool for event in drafted(shipped)] == ["create_task"]


def test_what_comes_after_an_invalid_step_is_invalid(shipped: Chain) -> None:
    shipped.respond(
        output={"prioridad": "alta", "descripcion": " "},
        action_template="investigar_anomalia_ventas",
        context={"periodo": "Q4"},
    )
    assert (drafted(shipped), codes(shipped)) == ([], ["parameter_invalid", "predecessor_invalid"])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"action_template": "no_such"}, "template_unknown"),
        ({"action_template": "investigar_anomalia_ventas"}, "template_context_invalid"),
        (
            {
                "action_template": "consultar_cliente",
                "output": [{"name": "f", "args": {}}, {"name": "g", "args": {}}],
            },
            "template_ambiguous",
        ),
        ({"output": "Crear tarea: A\nNotificar al equipo: B"}, "template_ambiguous"),
    ],
)
def test_what_cannot_be_expanded_is_told(
    shipped: Chain, fields: dict[str, JsonValue], code: str
) -> None:
    shipped.respond(**{"output": "Nada.", **fields})
    assert (drafted(shipped), codes(shipped)) == ([], [code])


def test_another_tenants_template_is_as_good_as_none(shipped: Chain) -> None:
    template = shipped.snapshot.templates["consultar_cliente"]
    theirs = template.model_copy(update={"tenants": ["acme"]})
    shipped.snapshot = replace(shipped.snapshot, templates={"consultar_cliente": theirs})
    shipped.respond(output="", action_template="consultar_cliente", context={"cliente": "C-1"})
    assert codes(shipped) == ["template_unknown"]


def test_what_a_model_writes_is_never_rendered(shipped: Chain) -> None:
    shipped.respond(
        output={"descripcion": "{{ 7*7 }}"},
        action_template="investigar_anomalia_ventas",
        context={"periodo": "{% for i in range(9) %}x{% endfor %}"},
    )
    [event] = drafted(shipped)
    assert event.params["descripcion"] == "{{ 7*7 }}"
    assert "{% for i in range(9) %}" in str(event.params["titulo"])


def test_a_mended_output_stays_doubtful_through_a_template(shipped: Chain) -> None:
    shipped.respond(output="{'customer': 'C-17',}", action_template="consultar_cliente")
    shipped.respond(
        output="{'name': 'x', 'args': {'customer': 'C-17',}}", action_template="consultar_cliente"
    )
    assert [event.repaired for event in drafted(shipped)] == [True]
    assert all((event.confidence or 0) <= 0.5 for event in drafted(shipped))


def test_a_models_own_doubt_outweighs_the_templates_confidence(shipped: Chain) -> None:
    template = shipped.snapshot.templates["consultar_cliente"]
    sure = template.steps[0].model_copy(update={"confidence": 0.99})
    shipped.snapshot = replace(
        shipped.snapshot,
        templates={"consultar_cliente": template.model_copy(update={"steps": [sure]})},
    )
    call: dict[str, JsonValue] = {"name": "x", "args": {"customer": "C-1"}}
    for confidence in (0.01, None):
        shipped.respond({**call, "confidence": confidence}, action_template="consultar_cliente")
    assert [event.confidence for event in drafted(shipped)] == [0.01, 0.99]


def test_corrected_parameters_are_no_repetition(shipped: Chain) -> None:
    for text in ("x", "y", "x"):
        shipped.respond(
            output={"descripcion": text}, action_template="investigar_anomalia_ventas", context={}
        )
    repeats = [change.repeats for change in shipped.changes if change.state is State.INVALID]
    assert repeats == [0, 0, 1]


def test_with_the_router_off_there_are_no_templates(shipped: Chain) -> None:
    off = {"react-action-router": Flag(enabled=False)}
    shipped.snapshot = replace(shipped.snapshot, flags=off)
    shipped.respond(output="Crear tarea: Revisar")
    shipped.respond(output="", action_template="consultar_cliente", context={"cliente": "C-1"})
    assert (drafted(shipped), shipped.changes) == ([], [])


def test_a_template_changed_while_all_runs_counts_at_once(shipped: Chain) -> None:
    template = shipped.snapshot.templates["consultar_cliente"].model_dump(mode="json")
    template["version"] = "1.1.0"
    changed = Setting(
        kind=SettingKind.TEMPLATE,
        key="consultar_cliente",
        value=template,
        actor="ops",
        at=shipped.clock(),
    )
    shipped.snapshot = apply(shipped.snapshot, shipped.snapshot.version + 1, changed, {})
    shipped.respond(output={"customer": "C-1"}, action_template="consultar_cliente")
    assert [event.template for event in drafted(shipped)] == ["consultar_cliente@1.1.0"]
