"""The folder of configuration, read and checked: what `control.settings` should say.

    config/actions.yaml                  action type → ActionDefinition
    config/plugins/catalog.yaml          tool → PluginSpec, its parameters in a file of their own
    config/react/action_templates.yaml   template → ActionTemplate (optional)
    config/tenants/<id>.yaml             TenantSettings; demo.yaml only when asked for
    config/approvers.yaml                kid → Approver (optional)

A field that nobody knows is refused: what is misspelled would count as not said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import orjson
import yaml
from pydantic import JsonValue, ValidationError

from processors.signatures import public_key
from processors.snapshot import setting_key
from processors.templates import check_template, tool_name
from processors.validation import check_params
from schemas.events import Event, JsonObject
from schemas.faults import ProcessFault
from schemas.names import SettingKind
from schemas.settings import (
    ActionDefinition,
    ActionTemplate,
    Approver,
    PluginSpec,
    TenantSettings,
)

DEMO = "demo"

M = TypeVar("M", bound=Event)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One setting as it should be, every field said: a later default changes nothing here."""

    kind: SettingKind
    key: str
    value: JsonObject

    @property
    def name(self) -> str:
        return setting_key(self.kind, self.key)


def wanted(kind: SettingKind, key: str, value: Event) -> Wanted:
    return Wanted(kind, key, value.model_dump(mode="json"))


def read_config(
    folder: Path, *, demo: bool = False, tenant_defaults: TenantSettings | None = None
) -> list[Wanted]:
    """Everything the folder says, plugins first, since definitions refer to them.

    Args:
        demo: `tenants/demo.yaml` too.
        tenant_defaults: what a tenant's file leaves out; None: as shipped.

    Raises:
        ProcessFault: `config_unreadable`; one sentence that says where and what.
    """
    plugins = read_catalog(folder / "plugins" / "catalog.yaml")
    definitions = _definitions(folder / "actions.yaml", plugins)
    templates = _templates(folder / "react" / "action_templates.yaml", plugins, definitions)
    defaults = (tenant_defaults or TenantSettings()).model_dump()
    tenants = _tenants(folder / "tenants", definitions, demo, defaults)
    approvers = _approvers(folder / "approvers.yaml")
    return [
        *_all(SettingKind.PLUGIN, plugins),
        *_all(SettingKind.DEFINITION, definitions),
        *_all(SettingKind.TEMPLATE, templates),
        *_all(SettingKind.TENANT, tenants),
        *_all(SettingKind.APPROVER, approvers),
    ]


def _all(kind: SettingKind, values: Mapping[str, Event]) -> Iterable[Wanted]:
    return (wanted(kind, key, value) for key, value in values.items())


def read_catalog(file: Path) -> dict[str, PluginSpec]:
    plugins: dict[str, PluginSpec] = {}
    taken: dict[str, str] = {}
    for tool, said in _entries(file):
        reference = said.pop("parameters_file", None)
        if isinstance(reference, str):
            said["parameters"] = _schema(file, file.parent / reference)
        plugin = _checked(PluginSpec, {"tool": tool, **said}, file, tool)
        for name in (tool, *plugin.aliases):
            if name in taken:
                raise _unreadable(file, f"{tool}: `{name}` is {taken[name]}'s name already")
            taken[name] = tool
        plugins[tool] = plugin
    return plugins


def _definitions(file: Path, plugins: Mapping[str, PluginSpec]) -> dict[str, ActionDefinition]:
    definitions: dict[str, ActionDefinition] = {}
    for action_type, said in _entries(file):
        given = {"action_type": action_type, **said}
        definition = _checked(ActionDefinition, given, file, action_type)
        for tool in definition.tools:
            if tool not in plugins:
                raise _unreadable(file, f"{action_type}: the catalog has no tool `{tool}`")
        definitions[action_type] = definition
    return definitions


def _templates(
    file: Path,
    plugins: Mapping[str, PluginSpec],
    definitions: Mapping[str, ActionDefinition],
) -> dict[str, ActionTemplate]:
    known = {*definitions, *plugins, *(alias for p in plugins.values() for alias in p.aliases)}
    templates: dict[str, ActionTemplate] = {}
    for name, said in _entries(file) if file.exists() else ():
        template = _checked(ActionTemplate, said, file, name)
        for step in template.steps:
            if (tool := tool_name(step.tool)) not in known:
                raise _unreadable(file, f"{name}, step {step.name}: there is no tool `{tool}`")
        for problem in check_template(template):
            raise _unreadable(file, f"{name}{problem.pointer}: {problem.text}")
        templates[name] = template
    return templates


def _tenants(
    folder: Path,
    definitions: Mapping[str, ActionDefinition],
    demo: bool,
    defaults: JsonObject,
) -> dict[str, TenantSettings]:
    tenants: dict[str, TenantSettings] = {}
    for file in sorted(folder.glob("*.yaml")):
        tenant_id = file.stem
        if tenant_id == DEMO and not demo:
            continue
        said = {**defaults, **_mapping(file)}
        tenant = _checked(TenantSettings, said, file, tenant_id)
        named = [*tenant.preapproved_action_types, *(tenant.allowed_action_types or [])]
        for action_type in named:
            if action_type not in definitions:
                raise _unreadable(file, f"there is no action type `{action_type}`")
        tenants[tenant_id] = tenant
    return tenants


def _approvers(file: Path) -> dict[str, Approver]:
    approvers: dict[str, Approver] = {}
    for kid, said in _entries(file) if file.exists() else ():
        approvers[kid] = _checked(Approver, said, file, kid)
        try:
            key = public_key(approvers[kid].public_key)
        except ValueError as error:
            raise _unreadable(file, f"{kid}: {error}") from None
        if key.kid not in (None, kid):
            raise _unreadable(file, f"{kid}: the public key's kid is another one")
    return approvers


def _schema(catalog: Path, file: Path) -> JsonValue:
    try:
        schema: JsonValue = orjson.loads(file.read_bytes())
        if not isinstance(schema, dict):
            raise ValueError("a JSON Schema of parameters is an object")
        check_params(schema, {})
    except (OSError, ValueError) as error:
        raise _unreadable(catalog, f"{file.name}: {error}") from None
    return schema


def _checked(model: type[M], said: JsonObject, file: Path, name: str) -> M:
    try:
        return model.model_validate(said, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in (name, *first["loc"]))
        raise _unreadable(file, f"{place}: {first['msg']}") from None


def _entries(file: Path) -> list[tuple[str, JsonObject]]:
    entries: list[tuple[str, JsonObject]] = []
    for name, said in _mapping(file).items():
        if not isinstance(said, dict):
            raise _unreadable(file, f"{name}: must be a mapping of fields")
        entries.append((name, dict(said)))
    return entries


def _mapping(file: Path) -> JsonObject:
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _unreadable(file, str(error)) from None
    if said is None:
        return {}
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said):
        raise _unreadable(file, "must be a mapping of names")
    return said


def _unreadable(file: Path, text: str) -> ProcessFault:
    return ProcessFault("config_unreadable", f"{file}: {text}")
