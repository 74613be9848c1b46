"""What a tool's parameters may be, and how it is said that they are not."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, get_type_hints

import jsonschema_rs
import orjson
import pytest

from plugins.parameter_schema import ParameterSchema
from plugins.tools import create_task, crm_query, generate_report, send_notification
from plugins.tools import update_inventory as inventory

PARAMS: dict[str, Any] = {
    "create_task": create_task.Params,
    "send_notification": send_notification.Params,
    "update_inventory": inventory.Params,
    "generate_report": generate_report.Params,
    "crm-query": crm_query.Params,
}
VALID: dict[str, dict[str, Any]] = {
    "create_task": {
        "titulo": "Investigar anomalía en ventas Q4",
        "descripcion": "Anomalía detectada en patrón de ventas del cuarto trimestre",
        "prioridad": "alta",
    },
    "send_notification": {
        "titulo": "Alerta: Anomalía en Ventas",
        "mensaje": "Se detectó una anomalía significativa en las ventas",
        "tipo": "warning",
    },
    "update_inventory": {"sku": "SKU-1", "cantidad": -3, "motivo": "venta"},
    "generate_report": {"tipo": "tareas", "titulo": "Tareas"},
    "crm-query": {"customer": "C-17"},
}


def documents() -> list[str]:
    folder = files("plugins").joinpath("parameters")
    return sorted(entry.name.removesuffix(".json") for entry in folder.iterdir())


def every_schema(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for part in schema.get("properties", {}).values():
        yield from every_schema(part)
    if "items" in schema:
        yield from every_schema(schema["items"])


def test_there_is_one_document_for_each_tool() -> None:
    assert documents() == sorted(PARAMS)


@pytest.mark.parametrize("tool", PARAMS)
def test_a_document_is_valid_2020_12(tool: str) -> None:
    document = ParameterSchema.of(tool).document
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(document)


@pytest.mark.parametrize("tool", PARAMS)
def test_everything_is_bounded_and_described(tool: str) -> None:
    for schema in every_schema(ParameterSchema.of(tool).document):
        match schema["type"]:
            case "object":
                assert schema["additionalProperties"] is False
                assert all(
                    {"title", "description"} <= set(p) for p in schema["properties"].values()
                )
            case "string":
                assert "maxLength" in schema or "enum" in schema
            case "integer":
                assert {"minimum", "maximum"} <= set(schema)
            case "array":
                assert "maxItems" in schema
            case other:
                pytest.fail(f"unforeseen type {other}")


@pytest.mark.parametrize("tool", PARAMS)
def test_the_types_in_the_code_name_the_same_properties(tool: str) -> None:
    document: Any = ParameterSchema.of(tool).document
    assert set(get_type_hints(PARAMS[tool])) == set(document["properties"])
    assert PARAMS[tool].__required_keys__ == set(document["required"])


@pytest.mark.parametrize("tool", PARAMS)
def test_the_contracts_examples_are_valid(tool: str) -> None:
    assert ParameterSchema.of(tool).violations(VALID[tool]) == []


@pytest.mark.parametrize(
    ("tool", "change", "pointer", "rule"),
    [
        ("create_task", {"prioridad": "máxima"}, "/prioridad", "enum"),
        ("create_task", {"titulo": "x" * 201}, "/titulo", "maxLength"),
        ("create_task", {"titulo": "  "}, "/titulo", "pattern"),
        ("create_task", {"fecha_limite": "2025-02-30"}, "/fecha_limite", "format"),
        ("create_task", {"fecha_limite": "0000-01-01"}, "/fecha_limite", "pattern"),
        ("create_task", {"etiquetas": ["a", "a"]}, "/etiquetas", "uniqueItems"),
        ("create_task", {"etiquetas": ["a", 7]}, "/etiquetas/1", "type"),
        ("create_task", {"a/b~c": 1}, "/a~1b~0c", "additionalProperties"),
        ("send_notification", {"tipo": "alarma"}, "/tipo", "enum"),
        ("send_notification", {"destinatarios": []}, "/destinatarios", "minItems"),
        ("update_inventory", {"cantidad": 0}, "/cantidad", "not"),
        ("update_inventory", {"cantidad": 1.5}, "/cantidad", "type"),
        ("update_inventory", {"cantidad": 10**30}, "/cantidad", "maximum"),
        ("update_inventory", {"sku": "SKU-1\n"}, "/sku", "pattern"),
        ("generate_report", {"tipo": "ventas"}, "/tipo", "enum"),
        ("generate_report", {"periodo": {"desde": "2025-01-01"}}, "/periodo/hasta", "required"),
        ("crm-query", {"customer": "../C-17"}, "/customer", "pattern"),
    ],
)
def test_a_broken_rule_is_pointed_at(
    tool: str, change: dict[str, Any], pointer: str, rule: str
) -> None:
    found = ParameterSchema.of(tool).violations({**VALID[tool], **change})
    assert [(violation.pointer, violation.rule) for violation in found] == [(pointer, rule)]


def test_what_is_missing_is_pointed_at_itself() -> None:
    found = ParameterSchema.of("create_task").violations({"titulo": "x"})
    assert [violation.as_json() for violation in found] == [
        {"pointer": "/descripcion", "rule": "required", "given": None, "expected": "present"}
    ]


def test_an_answer_never_repeats_a_long_value_or_a_thousand_faults() -> None:
    schema = ParameterSchema.of("create_task")
    long = schema.violations({**VALID["create_task"], "titulo": "x" * 5000, "y" * 5000: 1})
    assert len(orjson.dumps([violation.as_json() for violation in long])) < 1000
    many = schema.violations({**VALID["create_task"], **{f"extra{n}": 1 for n in range(1000)}})
    assert len(many) == 20
